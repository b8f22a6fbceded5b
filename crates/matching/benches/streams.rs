//! Throughput of the book on the two benchmark streams: `cargo bench -p firesale-matching`.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use firesale_matching::stream::{Replay, Stream, Tape};
use firesale_matching::{BookConfig, OrderBook};

fn streams(c: &mut Criterion) {
    let mut group = c.benchmark_group("matching");
    group.sample_size(20);
    for (name, stream) in [
        ("steady", Stream::steady(2_000_000)),
        ("crash", Stream::crash(100_000)),
    ] {
        let orders = stream.warm_up.len() + stream.timed.len();
        group.throughput(Throughput::Elements(stream.timed.len() as u64));
        group.bench_function(name, |b| {
            b.iter_batched(
                // A clone would have no room to grow, and pay for that in the timed part.
                || {
                    let mut replay = Replay::new(OrderBook::new(BookConfig::default()), orders);
                    replay.feed(&stream.warm_up, &mut Tape::default());
                    replay
                },
                |mut replay| {
                    let mut tape = Tape::default();
                    replay.feed(&stream.timed, &mut tape);
                    assert_eq!(tape, stream.tape);
                    replay
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, streams);
criterion_main!(benches);
