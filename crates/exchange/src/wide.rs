//! 128-bit integers as two 64-bit halves: few data formats know more.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) fn serialize<S: Serializer>(value: &i128, serializer: S) -> Result<S::Ok, S::Error> {
    let halves: (i64, u64) = ((value >> 64) as i64, *value as u64);
    halves.serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i128, D::Error> {
    let (high, low) = <(i64, u64)>::deserialize(deserializer)?;
    Ok((i128::from(high) << 64) | i128::from(low))
}

/// The same for a list.
pub(crate) mod list {
    use super::*;

    #[derive(Clone, Copy, Default, Serialize, Deserialize)]
    struct Wide(#[serde(with = "super")] i128);

    pub(crate) fn serialize<S: Serializer, const N: usize>(
        values: &[i128; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        values.map(Wide).as_slice().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<[i128; N], D::Error> {
        let values = Vec::<Wide>::deserialize(deserializer)?;
        let mut out = [0; N];
        if values.len() != N {
            return Err(serde::de::Error::invalid_length(
                values.len(),
                &"the number of stages",
            ));
        }
        for (to, from) in out.iter_mut().zip(values) {
            *to = from.0;
        }
        Ok(out)
    }
}
