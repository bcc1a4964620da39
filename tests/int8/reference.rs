//! The arithmetic of eight bits by its definition, in numbers that cannot overflow.
#![allow(dead_code, reason = "not every test needs all of it")]

use mtl::int8::Int8Model;

#[path = "file.rs"]
mod file;
pub use file::File;

/// The arithmetic by its definition, from the tensors of the saved file.
pub struct Reference {
    pub file: File,
}

impl Reference {
    pub fn of<Q: Int8Model>(model: &Q) -> Self {
        Self { file: File::read(&mtl::int8::to_bytes(model).unwrap()) }
    }

    pub fn quantize(&self, name: &str, x: &[f32]) -> Vec<i128> {
        let (scale, offset) = (self.file.reals(&format!("{name}.scale")), self.file.reals(&format!("{name}.offset")));
        x.iter().map(|&x| ((x * scale[0] + offset[0]).floor().clamp(0.0, 255.0)) as i128).collect()
    }

    /// `b + Σ w q`, with the weights where the documentation says they are: in groups of four inputs.
    pub fn sums(&self, layer: &str, q: &[i128]) -> Vec<i128> {
        self.sums_of(&format!("{layer}.kernel"), &format!("{layer}.bias"), q)
    }

    /// [`sums`](Self::sums) of a kernel and a bias by their names.
    pub fn sums_of(&self, kernel: &str, bias: &str, q: &[i128]) -> Vec<i128> {
        let (kernel, bias) = (self.file.whole(kernel), self.file.whole(bias));
        let (inputs, units) = (q.len(), bias.len());
        let weight = |input: usize, unit: usize| {
            let group = input / 4;
            if 4 * group + 4 <= inputs { kernel[group * 4 * units + 4 * unit + input % 4] } else { kernel[input * units + unit] }
        };
        (0..units).map(|unit| bias[unit] + (0..inputs).map(|input| weight(input, unit) * q[input]).sum::<i128>()).collect()
    }

    /// `z' + round(a m / 2^shift)`, within bounds.
    pub fn output(&self, layer: &str, sum: i128, multiplier: i128) -> i128 {
        let output = self.file.whole(&format!("{layer}.output"));
        let [shift, zero_point, lowest, highest] = output[..] else { panic!("{output:?}") };
        ((sum * multiplier + (1 << shift) / 2).div_euclid(1 << shift) + zero_point).clamp(lowest, highest)
    }

    pub fn dense(&self, layer: &str, q: &[i128]) -> Vec<i128> {
        let multiplier = self.file.whole(&format!("{layer}.multiplier"));
        self.sums(layer, q).iter().zip(multiplier).map(|(&a, m)| self.output(layer, a, m)).collect()
    }

    pub fn reals(&self, layer: &str, q: &[i128]) -> Vec<f32> {
        let scale = self.file.reals(&format!("{layer}.scale"));
        self.sums(layer, q).iter().zip(scale).map(|(&a, scale)| a as f32 * scale).collect()
    }
}
