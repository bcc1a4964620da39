//! Steps after a class input in eight bits.

use super::part::part;

part! {
    /// A vector of bytes for each class.
    EmbeddingTable<CLASSES, DIM> {
        /// One row a class.
        embeddings: [[u8; DIM]; CLASSES] = U8 [CLASSES, DIM],
    }
}

part! {
    /// `OneHot`: the bytes that stand for 0 and for 1.
    ClassTable<> {
        /// 0 and 1.
        values: [u8; 2] = U8 [2],
    }
}

impl<const CLASSES: usize, const DIM: usize> EmbeddingTable<CLASSES, DIM> {
    /// The vector of a class; bytes of 0 for an index of `CLASSES` or more, which inputs are checked for before.
    #[inline(always)]
    pub fn forward(&self, class: u32, y: &mut [u8; DIM]) {
        *y = self.embeddings.get(class as usize).copied().unwrap_or([0; DIM]);
    }

    /// Quantises the vectors.
    #[cfg(feature = "std")]
    pub fn set(&mut self, float: &crate::layer::EmbeddingParameters<CLASSES, DIM, f32>, to: &super::Scales) {
        for (row, vector) in self.embeddings.iter_mut().zip(&float.embeddings.data.0) {
            for (at, (byte, &value)) in row.iter_mut().zip(vector).enumerate() {
                *byte = to.at(at).byte(f64::from(value));
            }
        }
    }
}

impl ClassTable {
    /// 1 at the row of the class and 0 elsewhere.
    #[inline(always)]
    pub fn forward<const N: usize>(&self, class: u32, y: &mut [u8; N]) {
        *y = [self.values[0]; N];
        if let Some(value) = y.get_mut(class as usize) {
            *value = self.values[1];
        }
    }

    /// Quantises 0 and 1.
    #[cfg(feature = "std")]
    pub fn set(&mut self, to: super::Scale) {
        self.values = [to.byte(0.0), to.byte(1.0)];
    }
}
