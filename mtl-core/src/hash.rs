//! A hash of 64 bits that notices damage and difference; it is no protection against forgery.

/// Takes words one by one: `h ← (h ⊕ w)·K, h ← h ⊕ ⌊h / 2³²⌋` with an odd K.
///
/// Each step is one-to-one in `h` and in `w`, so inputs of the same length that differ in one word never have the same hash; others do by
/// a chance of about 2⁻⁶⁴.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hash(u64);

impl Hash {
    pub(crate) const fn new() -> Self {
        // The golden ratio's digits, as K below: 0 is no start, as words of 0 would keep it.
        Self(0x9E37_79B9_7F4A_7C15)
    }

    #[inline]
    pub(crate) const fn word(&mut self, word: u64) {
        let hash = (self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = hash ^ (hash >> 32);
    }

    /// Bytes and their number: what comes next cannot be taken for a part of them.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|&word| self.word(u64::from_le_bytes(word)));
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.word(u64::from_le_bytes(last));
        self.word(bytes.len() as u64);
    }

    pub(crate) const fn finish(self) -> u64 {
        self.0
    }
}
