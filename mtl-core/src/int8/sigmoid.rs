//! `σ` and `tanh` in whole numbers, for the gates of recurrent layers.

/// `σ` at the multiples of `1/16` from 0 to 12, with 16 bits behind the point; above these 20 bits what is to be added up to the next one.
/// At 12 it is 1 to half a bit, and stays so.
static SIGMOID: [u32; 193] = {
    // e^(−1/16), by its series.
    let (mut step, mut term, mut number) = (1.0, 1.0, 1.0);
    while number < 12.0 {
        term *= -1.0 / 16.0 / number;
        step += term;
        number += 1.0;
    }
    let (mut table, mut place, mut exponential, mut value) = ([0; 193], 0, 1.0, 1 << 15);
    while place < 192 {
        exponential *= step;
        let next = (65536.0 / (1.0 + exponential) + 0.5) as u32;
        table[place] = (next - value) << 20 | value;
        value = next;
        place += 1;
    }
    table[192] = 1 << 16;
    table
};

/// `σ(x)` with 15 bits behind the point, of a number with 12: a straight line between the multiples of `1/16`, right to `8 · 10⁻⁵`.
#[inline(always)]
#[must_use]
pub fn sigmoid(x: i32) -> i32 {
    let distance = x.unsigned_abs();
    let entry = SIGMOID[(distance >> 8).min(192) as usize];
    let value = ((entry & 0xF_FFFF) + ((entry >> 20) * (distance & 255) + 128) / 256).cast_signed();
    (if x < 0 { (1 << 16) - value } else { value } + 1) >> 1
}

/// `tanh(x) = 2 σ(2 x) − 1`, with 15 bits behind the point, of a number with 12; right to `1.6 · 10⁻⁴`.
#[inline(always)]
#[must_use]
pub fn tanh(x: i32) -> i32 {
    2 * sigmoid(2 * x) - (1 << 15)
}

#[cfg(test)]
mod tests {
    use super::{sigmoid, tanh};

    #[test]
    fn gates_are_right_to_their_bits() {
        for x in (-20 << 12)..=(20 << 12) {
            let real = f64::from(x) / 4096.0;
            let error = f64::from(sigmoid(x)) / 32768.0 - 1.0 / (1.0 + (-real).exp());
            assert!(error.abs() < 8e-5, "σ({real}) is off by {error}");
            let error = f64::from(tanh(x)) / 32768.0 - real.tanh();
            assert!(error.abs() < 1.6e-4, "tanh({real}) is off by {error}");
        }
        for x in [-1 << 29, -1 << 28, 1 << 28, 1 << 29] {
            assert_eq!((sigmoid(x), tanh(x)), if x < 0 { (0, -1 << 15) } else { (1 << 15, 1 << 15) });
        }
        // Odd, but for the rounding of a half.
        assert!((1..99_999).all(|x| (sigmoid(x) + sigmoid(-x) - 32768).abs() <= 1));
        assert_eq!((sigmoid(0), tanh(0)), (1 << 14, 0));
    }
}
