fn main() {
    let names: Vec<String> = std::env::args().skip(1).collect();
    for r in firesale_validation::run(&names, 1).unwrap() {
        println!("{} {}", r.check, r.passes());
        for row in &r.rows {
            println!(
                "  {:60} {:>10.5} {:>10.5} {} {}",
                row.name, row.published, row.ours, row.tolerance, row.verdict
            );
        }
    }
}
