//! Auto-deleveraging on Hyperliquid, 10 October 2025, 21:16:04 to 21:25:47 UTC: 16 waves.
//!
//! A summary of `policy_per_wave_metrics.csv` and `eval_horizon_sweep_gap_ms=5000.csv` of the
//! analysis beside Chitra et al., arXiv 2512.01112 (GitHub pluriholonomic/autodeleveraging-analysis,
//! revision aae0be8), rounded to cents. The files hold no winner accounts. Their licence:
//!
//! MIT License
//!
//! Copyright (c) 2025 Tarun Chitra, Victor Xu, Nagu Thogiti, Mauricio Trujillo
//!
//! Permission is hereby granted, free of charge, to any person obtaining a copy of this software
//! and associated documentation files (the "Software"), to deal in the Software without
//! restriction, including without limitation the rights to use, copy, modify, merge, publish,
//! distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
//! Software is furnished to do so, subject to the following conditions:
//!
//! The above copyright notice and this permission notice shall be included in all copies or
//! substantial portions of the Software.
//!
//! THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
//! NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
//! NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
//! DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
//! OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

/// One wave, in dollars.
#[derive(Clone, Copy)]
pub(crate) struct Wave {
    pub(crate) number: u8,
    /// What the deficits needed.
    pub(crate) needed: f64,
    /// What the venue took from winners.
    pub(crate) taken: f64,
    /// The profits of all winners.
    pub(crate) capacity: f64,
    /// The largest part of a profit that pro rata would have taken. In five waves the files refer it
    /// to profits other than those that add up to `capacity`, which they do not hold.
    pub(crate) haircut: Option<f64>,
}

const fn wave(number: u8, needed: f64, taken: f64, capacity: f64, haircut: Option<f64>) -> Wave {
    Wave {
        number,
        needed,
        taken,
        capacity,
        haircut,
    }
}

/// The waves.
pub(crate) const WAVES: [Wave; 16] = [
    wave(
        1,
        2_266_239.82,
        414_233.97,
        261_289_318.81,
        Some(8.673297e-3),
    ),
    wave(
        2,
        1_383_878.32,
        171_137.10,
        210_635_031.93,
        Some(6.570029e-3),
    ),
    wave(
        4,
        1_065_843.45,
        407_593.47,
        272_477_911.19,
        Some(3.911669e-3),
    ),
    wave(5, 115_496.58, 41_011.41, 250_526_850.81, Some(4.610148e-4)),
    wave(7, 8_055.87, 8_995.09, 48_764.42, Some(1.651998e-1)),
    wave(
        8,
        1_576_039.22,
        11_415_047.96,
        547_076_495.90,
        Some(2.880839e-3),
    ),
    wave(9, 44_867.64, 16_097.97, 6_903_445.21, None),
    wave(
        10,
        1_622_228.64,
        1_071_568.12,
        401_055_615.06,
        Some(4.044897e-3),
    ),
    wave(11, 373_726.47, 1_202_926.64, 199_475_885.13, None),
    wave(12, 5_177.08, 7_682.72, 13_649_077.29, Some(3.792986e-4)),
    wave(
        13,
        5_584_123.65,
        38_449_033.21,
        643_417_039.33,
        Some(8.678856e-3),
    ),
    wave(
        14,
        1_021_113.06,
        6_612_642.34,
        430_615_207.29,
        Some(2.371289e-3),
    ),
    wave(17, 9_400.22, 243_600.80, 199_636_233.00, Some(4.708675e-5)),
    wave(21, 1_545.19, 18_544.06, 4_505_482.19, None),
    wave(25, 671.65, 17_880.94, 31_119_032.16, None),
    wave(28, 1_262.75, 10_339.52, 37_117_880.47, None),
];

/// What the venue had taken when winners are looked at so many milliseconds later, and how much
/// more that is than needed; millions of dollars.
pub(crate) const HORIZONS: [(u32, f64, f64); 4] = [
    (500, 66.753_276, 51.673_607),
    (1_000, 66.091_793, 51.012_123),
    (2_000, 62.526_362, 47.446_692),
    (5_000, 64.353_145, 49.273_475),
];

/// What other rules would have taken, and how much more that is than needed; millions of dollars.
pub(crate) const RULES: [(&str, f64, f64); 3] = [
    ("integer min-max", 15.171_857, 0.092_187),
    ("vector mirror descent", 13.286_648, -1.793_022),
    ("contract pro rata", 12.059_549, -3.020_121),
];
