//! The random numbers of shuffles, splits, steps and strategies: fixed by their seed on every platform and in every version.

use core::convert::Infallible;

use rand::TryRng;

/// SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// A stream of its own for each seed and purpose.
    pub(crate) fn new(seed: u64, purpose: Purpose) -> Self {
        Self(mix(seed ^ mix(purpose as u64)))
    }

    /// Where the stream is: all of its state.
    pub(crate) const fn state(&mut self) -> &mut u64 {
        &mut self.0
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number below `bound`, each equally likely (Lemire 2019).
    #[cfg(feature = "std")]
    fn below(&mut self, bound: u64) -> u64 {
        loop {
            let product = u128::from(self.bits()) * u128::from(bound);
            // 2^64 is not a multiple of `bound`: the low products that would be drawn once too often are drawn again.
            #[allow(clippy::cast_possible_truncation, reason = "the low half and the high half of a product")]
            let (high, low) = ((product >> 64) as u64, product as u64);
            if low >= bound.wrapping_neg() % bound {
                return high;
            }
        }
    }

    /// Puts items into a random order (Fisher, Yates).
    #[cfg(feature = "std")]
    pub(crate) fn shuffle<I>(&mut self, items: &mut [I]) {
        for last in (1..items.len()).rev() {
            #[allow(clippy::cast_possible_truncation, reason = "below a length")]
            let other = self.below(last as u64 + 1) as usize;
            items.swap(last, other);
        }
    }
}

impl TryRng for Random {
    type Error = Infallible;

    #[allow(clippy::cast_possible_truncation, reason = "the high half")]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.bits() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.bits())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.bits().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// What random numbers are for: with one seed, no two purposes share them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    #[cfg(feature = "std")]
    Split = 1,
    #[cfg(feature = "std")]
    Folds = 2,
    #[cfg(feature = "std")]
    ShuffleRows = 3,
    #[cfg(feature = "std")]
    ShuffleEpochs = 4,
    #[cfg(feature = "std")]
    Steps = 5,
    #[cfg(feature = "std")]
    Samples = 6,
    Balance = 7,
}

/// The finaliser of SplitMix64: a bijection that spreads every bit over all.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn every_order_of_three_is_equally_likely() {
        let mut random = Random::new(7, Purpose::Split);
        let mut counts = std::collections::BTreeMap::<Vec<u8>, u32>::new();
        for _ in 0..60_000 {
            let mut items = [0, 1, 2];
            random.shuffle(&mut items);
            *counts.entry(items.to_vec()).or_default() += 1;
        }
        assert_eq!(counts.len(), 6);
        // Five standard deviations.
        assert!(counts.values().all(|&count| count.abs_diff(10_000) < 460), "{counts:?}");
    }

    #[test]
    fn seeds_and_purposes_give_streams_of_their_own() {
        let first = |seed, purpose| Random::new(seed, purpose).bits();
        let all = [first(0, Purpose::Split), first(1, Purpose::Split), first(0, Purpose::Steps), first(1, Purpose::Steps)];
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
        assert_eq!(first(3, Purpose::Folds), first(3, Purpose::Folds));
    }
}
