//! The command line.

/// The targets, in the order in which they run.
pub(crate) const TARGETS: [&str; 2] = ["scenario", "venue"];

pub(crate) const USAGE: &str = "\
usage: firesale-fuzz [--seconds N] [--target scenario|venue] [-- LIBFUZZER_FLAGS]

  --seconds N     how long each target runs (60)
  --target NAME   only this one
  --              what follows goes to libFuzzer, for instance -seed=1 or a file to try";

/// What to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) seconds: u32,
    pub(crate) targets: Vec<String>,
    pub(crate) passed_on: Vec<String>,
}

impl Arguments {
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut read = Self {
            seconds: 60,
            targets: TARGETS.map(str::to_owned).to_vec(),
            passed_on: Vec::new(),
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--seconds" => {
                    let seconds = value()?;
                    let whole = seconds.parse().ok().filter(|&whole| whole > 0);
                    read.seconds = whole.ok_or(format!("`{seconds}` is no number of seconds"))?;
                }
                "--target" => {
                    let name = value()?;
                    if !TARGETS.contains(&name.as_str()) {
                        return Err(format!("there is no target `{name}`"));
                    }
                    read.targets = vec![name];
                }
                "--" => read.passed_on = words.by_ref().collect(),
                _ => return Err(format!("`{word}` is not understood")),
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Arguments, String> {
        Arguments::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn defaults_and_choices() {
        assert_eq!(read("").unwrap().seconds, 60);
        assert_eq!(read("").unwrap().targets, TARGETS);
        let chosen = read("--target venue --seconds 5 -- -seed=1 -runs=2").unwrap();
        assert_eq!(
            (chosen.seconds, chosen.targets),
            (5, vec!["venue".to_owned()])
        );
        assert_eq!(chosen.passed_on, ["-seed=1", "-runs=2"]);
    }

    #[test]
    fn nonsense_is_refused() {
        for line in [
            "--seconds",
            "--seconds 0",
            "--seconds x",
            "--target x",
            "fast",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
