//! What the command understands.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use firesale_ensemble::RunArgs;

/// Agent-based simulator of leverage liquidation crises.
#[derive(Parser, Debug)]
#[command(name = "firesale", version, about, propagate_version = true)]
#[command(after_help = "Example: firesale run october_2025")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Shipped scenarios with their questions
    #[command(after_help = "Example: firesale list")]
    List,
    /// One run: tables, summary, charts, report
    #[command(
        after_help = "Example: firesale run october_2025 --seed 7 --set scenario.leverage=50%"
    )]
    Run {
        /// A shipped scenario's name, a directory with scenario.toml, or a TOML file
        scenario: String,
        #[command(flatten)]
        run: RunArgs,
    },
    /// Reads and checks a scenario: every problem with file, line and column
    #[command(after_help = "Example: firesale check my/scenario.toml")]
    Check {
        /// A shipped scenario's name, a directory with scenario.toml, or a TOML file
        scenario: String,
        /// Override a key (repeatable)
        #[arg(long = "set", value_name = "KEY=VALUE")]
        sets: Vec<String>,
    },
    /// The JSON Schema of scenario files, for editors
    #[command(after_help = "Example: firesale schema > scenario.schema.json")]
    Schema,
    /// Draws again from a run's tables, without running
    #[command(
        after_help = "Example: firesale plot out/october_2025/1 --chart open_interest --format png"
    )]
    Plot {
        /// The run's directory
        run: PathBuf,
        /// Only this chart (repeatable)
        #[arg(long = "chart", value_name = "NAME")]
        charts: Vec<String>,
        /// File format
        #[arg(long, value_enum, default_value = "svg")]
        format: ChartFormat,
    },
    /// One self-contained HTML file about a run
    #[command(after_help = "Example: firesale report out/october_2025/1")]
    Report {
        /// The run's directory
        run: PathBuf,
    },
    /// Real order-by-order data through the matching engine, compared with what really traded
    #[command(
        after_help = "Example: firesale replay messages.csv --format lobster --book book.csv"
    )]
    Replay {
        /// The file of orders or messages (.csv, .csv.gz, .csv.xz)
        file: PathBuf,
        /// Its format
        #[arg(long, value_enum)]
        format: ReplayFormat,
        /// The file of book states (lobster); by default the one beside the messages
        #[arg(long)]
        book: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// The reproduction suite: published figure, ours, tolerance, verdict
    #[command(after_help = "Example: firesale validate cst lending")]
    Validate {
        /// Only these checks, or those whose names begin so
        names: Vec<String>,
        /// The directory of published data, a folder each; a check whose folder is absent is skipped
        #[arg(long, value_name = "DIR", default_value = "../shared/data")]
        data: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// The chain of causes of one liquidation, back to the news
    #[command(after_help = "Example: firesale explain out/october_2025/1 1234")]
    Explain {
        /// The run's directory
        run: PathBuf,
        /// The id in the table `liquidations` (or `stops`, or `halts`)
        liquidation: i64,
    },
    /// Shell completions on standard output
    #[command(after_help = "Example: firesale completions bash > /etc/bash_completion.d/firesale")]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// The manual page on standard output
    #[command(after_help = "Example: firesale man > firesale.1")]
    Man,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChartFormat {
    Svg,
    Png,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayFormat {
    /// Bitstamp order events with a snapshot, trades.csv beside them
    #[value(name = "bitstamp-2026")]
    Bitstamp2026,
    /// Bitstamp order events without snapshot and trades
    #[value(name = "bitstamp-2015")]
    Bitstamp2015,
    /// LOBSTER messages, with a file of book states
    Lobster,
}
