//! scratch
#[path = "../tests/it/made_up.rs"]
#[allow(dead_code)]
mod made_up;
fn main() {
    let dir = std::path::PathBuf::from(std::env::args().nth(1).unwrap());
    let only = std::env::args().nth(2).map(|s| vec![s]);
    if !dir.join("tables").exists() {
        made_up::crash(&dir);
    }
    let reference = Some(firesale_plot::Reference {
        path: "/work/shared/data/btc-index-2025/btc_index_1m_2025-10-10.csv".into(),
        label: "BTC index".into(),
        symbol: "BTC".into(),
    });
    let t = std::time::Instant::now();
    let f = firesale_plot::draw_all(
        &dir,
        &firesale_plot::Options {
            svg: true,
            png: true,
            reference,
            only,
        },
    )
    .unwrap();
    println!("{} {:?}", f.len(), t.elapsed());
}
