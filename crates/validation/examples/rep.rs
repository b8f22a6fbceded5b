fn main(){ let a: Vec<String> = std::env::args().skip(1).collect();
 let o = firesale_validation::replay::ReplayOptions { book: a.get(2).map(Into::into), trades: None };
 match firesale_validation::replay::replay(a[0].as_ref(), a[1].parse().unwrap(), &o) { Ok(r) => print!("{r}"), Err(e) => println!("error: {e}") } }
