//! Files of charts.

use firesale_plot::{Options, draw_all};

use crate::made_up;

#[test]
fn every_chart_of_a_crash_is_drawn() {
    let dir = tempfile::tempdir().unwrap();
    made_up::crash(dir.path());
    let files = draw_all(dir.path(), &Options::default()).unwrap();
    assert!(files.len() >= 11);
}
