//! Parts against real arithmetic: what they give is the nearest byte, or the next one.

use core::array;
use std::vec::Vec;

use proptest::prelude::*;

use super::{
    AveragePool, ClassTable, Combination, Convolution, Dequantizer, LayerNorm, Maximum, Mixture, Product, Quantizer, Recurrent, Scale, Scales,
    Softmax, Table,
};
use crate::activation::{Activation, Tanh};
use crate::flat::zeroed;
use crate::layer::{Gru, LayerNormParameters, Lstm, Window};

/// A scale for values from `low` to `low + span`.
fn scale() -> impl Strategy<Value = Scale> {
    (-8.0..1.0_f64, 0.1..16.0_f64).prop_map(|(low, span)| Scale::with_zero(low, low + span))
}

fn bytes() -> impl Strategy<Value = [u8; 16]> {
    any::<[u8; 16]>()
}

/// Half a step for rounding, and what fixed point adds to it.
const NEAREST: f64 = 0.51;

/// Whether a byte stands for a number to so many steps, or for the end of the scale beyond which it lies.
fn is_near(byte: u8, exact: f64, to: Scale, steps: f64) -> bool {
    (to.real(byte) - exact.clamp(to.real(0), to.real(255))).abs() <= steps * to.step
}

proptest! {
    #[test]
    fn combinations_give_the_nearest_byte(x in [bytes(), bytes()], from in [scale(), scale()], to in scale(), factors in [[-2.0..2.0_f64, -2.0..2.0], [-2.0..2.0, -2.0..2.0]], constant in -4.0..4.0_f64) {
        let (mut part, mut y): (Combination<2, 2>, _) = (zeroed(), [0; 16]);
        part.set(|input, channel| factors[input][channel], |channel| constant * channel as f64, from.map(Scales::from).each_ref(), &to.into());
        part.forward([&x[0], &x[1]], &mut y);
        for row in 0..16 {
            let channel = row % 2;
            let exact = (0..2).map(|input| factors[input][channel] * from[input].real(x[input][row])).sum::<f64>() + constant * channel as f64;
            // Where a step of the output is far smaller than those of the inputs, multipliers have fewer bits.
            prop_assert!(is_near(y[row], exact, to, 0.5 + 600.0 / f64::from(1 << part.shift[0])), "{} instead of {exact}", to.real(y[row]));
        }
    }

    #[test]
    fn a_change_of_scale_gives_the_nearest_byte_in_its_place(x in bytes(), from in scale(), to in scale()) {
        let (mut part, mut y): (Combination<1, 1>, _) = (zeroed(), [7; 20]);
        part.set_sum(1.0, [from], to);
        part.place(&x, 3, &mut y);
        prop_assert_eq!((&y[..3], y[19]), (&[7; 3][..], 7));
        for (&x, &y) in x.iter().zip(&y[3..]) {
            prop_assert!(is_near(y, from.real(x), to, NEAREST));
        }
    }

    #[test]
    fn maxima_give_the_nearest_byte(x in [bytes(), bytes(), bytes()], from in [scale(), scale(), scale()], to in scale()) {
        let (mut part, mut y): (Maximum<3>, _) = (zeroed(), [0; 16]);
        part.set(from, to);
        part.forward(x.each_ref(), &mut y);
        for row in 0..16 {
            let exact = (0..3).map(|input| from[input].real(x[input][row])).fold(f64::NEG_INFINITY, f64::max);
            prop_assert!(is_near(y[row], exact, to, NEAREST));
        }
    }

    #[test]
    fn products_give_the_nearest_byte(x in [bytes(), bytes(), bytes()], from in [scale(), scale(), scale()], to in scale()) {
        let (mut part, mut y): (Product<3>, _) = (zeroed(), [0; 16]);
        part.set(from, to);
        part.forward(x.each_ref(), &mut y);
        for row in 0..16 {
            let exact = (0..3).map(|input| from[input].real(x[input][row])).product::<f64>();
            prop_assert!(is_near(y[row], exact, to, NEAREST), "{} instead of {exact}", to.real(y[row]));
        }
    }

    #[test]
    fn tables_give_the_nearest_byte(x in bytes(), from in scale(), to in scale()) {
        let (mut part, mut y): (Table, _) = (zeroed(), [0; 16]);
        part.set(Tanh::value::<f64>, from, to);
        part.forward(&x, &mut y);
        let mut in_place = x;
        part.apply(&mut in_place);
        prop_assert_eq!(in_place, y);
        for (&x, &y) in x.iter().zip(&y) {
            prop_assert!(is_near(y, from.real(x).tanh(), to, 0.500_001));
        }
    }

    #[test]
    fn a_softmax_is_right_to_a_step_and_sums_to_one(x in bytes(), from in scale()) {
        let (mut part, mut y): (Softmax, _) = (zeroed(), [0; 16]);
        part.set(from);
        part.forward(&x, &mut y);
        let exponentials: Vec<f64> = x.iter().map(|&x| from.real(x).exp()).collect();
        for (y, exponential) in y.iter().zip(&exponentials) {
            let exact = 255.0 * exponential / exponentials.iter().sum::<f64>();
            prop_assert!((f64::from(*y) - exact).abs() <= NEAREST + 0.02 * exact / 255.0, "{y} instead of {exact}");
        }
        let sum: i32 = y.iter().map(|&y| i32::from(y)).sum();
        prop_assert!((sum - 255).abs() <= 8, "{sum}");
    }

    #[test]
    fn mixtures_are_right_to_a_step(gate in any::<[u8; 3]>(), x in [bytes(), bytes(), bytes()], from in [scale(), scale(), scale()], to in scale()) {
        // The weights of a gate are 255 in sum.
        let total = gate.iter().map(|&weight| f64::from(weight)).sum::<f64>().max(1.0);
        let gate = gate.map(|weight| (255.0 * f64::from(weight) / total).round() as u8);
        let (mut part, mut y): (Mixture<3>, _) = (zeroed(), [0; 16]);
        part.set(from, to);
        part.forward(&gate, x.each_ref(), &mut y);
        for row in 0..16 {
            let exact = (0..3).map(|expert| f64::from(gate[expert]) / 255.0 * from[expert].real(x[expert][row])).sum::<f64>();
            // Where a step of the output is far smaller than those of the experts, multipliers have fewer bits.
            prop_assert!(is_near(y[row], exact, to, 0.51 + 66_000.0 / f64::from(1 << part.output[0])), "{} instead of {exact}", to.real(y[row]));
        }
    }

    #[test]
    fn averages_give_the_nearest_byte(x in bytes(), from in scale(), to in scale(), padded in any::<bool>()) {
        // Over 4 × 2 pixels of two channels; with padding there are places with 3 × 2 and with 2 × 1 pixels.
        let window = Window::new([4, 2, 2], [3, 2], [2, 1], padded);
        let mean = |rows: core::ops::Range<usize>, columns: core::ops::Range<usize>, channel: usize| {
            let count = (rows.len() * columns.len()) as f64;
            rows.flat_map(|row| columns.clone().map(move |column| (row, column))).map(|(row, column)| from.real(x[4 * row + 2 * column + channel])).sum::<f64>() / count
        };
        if padded {
            let (mut part, mut y): (AveragePool<6>, _) = (zeroed(), [0; 8]);
            part.set(&window, from, to);
            part.forward::<2, _, _>(&window, &x, &mut y);
            for (at, &y) in y.iter().enumerate() {
                let (row, column) = (at / 4, at / 2 % 2);
                let exact = mean(2 * row..(2 * row + 3).min(4), column..2, at % 2);
                prop_assert!(is_near(y, exact, to, NEAREST), "{} instead of {exact} at {at}", to.real(y));
            }
        } else {
            let (mut part, mut y): (AveragePool<1>, _) = (zeroed(), [0; 2]);
            part.set(&window, from, to);
            part.forward::<2, _, _>(&window, &x, &mut y);
            for (channel, &y) in y.iter().enumerate() {
                prop_assert!(is_near(y, mean(0..3, 0..2, channel), to, NEAREST));
            }
        }
    }

    #[test]
    fn normalisations_of_a_sample_give_the_nearest_byte(
        x in bytes(), from in scale(), to in scale(), gamma in any::<[i8; 8]>(), beta in any::<[i8; 8]>(), epsilon in 1e-6..1.0_f64,
    ) {
        let float: LayerNormParameters<8, f32> = LayerNormParameters { gamma: gamma.map(|g| f32::from(g) / 64.0).into(), beta: beta.map(|b| f32::from(b) / 64.0).into() };
        let (mut part, mut y): (LayerNorm<8>, _) = (zeroed(), [0; 16]);
        part.set(&float, epsilon, from, &to.into());
        part.forward(&x, &mut y);
        for (x, y) in x.as_chunks::<8>().0.iter().zip(y.as_chunks::<8>().0) {
            let x = x.map(|x| from.real(x));
            let mean = x.iter().sum::<f64>() / 8.0;
            let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 8.0;
            // What ε is in bytes is rounded.
            let slack = |normalized: f64| normalized.abs() * (from.step * from.step / 128.0) / (variance + epsilon).max(1e-9);
            for row in 0..8 {
                let normalized = (x[row] - mean) / (variance + epsilon).sqrt();
                let exact = f64::from(float.gamma[row]) * normalized + f64::from(float.beta[row]);
                let steps = NEAREST + 4.0 / f64::from(1 << part.shift[0]) + 0.001 + slack(normalized) * f64::from(float.gamma[row].abs()) / to.step;
                prop_assert!(is_near(y[row], exact, to, steps), "{} instead of {exact}", to.real(y[row]));
            }
        }
    }

    #[test]
    fn edges_keep_a_number_to_half_a_step(x in any::<[i16; 16]>(), to in scale()) {
        let x: [f32; 16] = array::from_fn(|row| f32::from(x[row]) / 2048.0);
        let (mut quantizer, mut dequantizer, mut q, mut back): (Quantizer<1>, Dequantizer<1>, _, _) = (zeroed(), zeroed(), [0; 16], [0.0; 16]);
        quantizer.set(&to.into());
        dequantizer.set(&to.into());
        quantizer.forward(&x, &mut q);
        dequantizer.forward(&q, &mut back);
        for row in 0..16 {
            prop_assert!(is_near(q[row], f64::from(x[row]), to, NEAREST));
            prop_assert!((f64::from(back[row]) - to.real(q[row])).abs() <= 1e-4 * to.step * 255.0);
        }
    }
}

#[test]
fn a_class_is_one_at_its_row() {
    let (mut part, mut y): (ClassTable, _) = (zeroed(), [9; 4]);
    part.set(Scale::with_zero(0.0, 1.0));
    part.forward(2, &mut y);
    assert_eq!(y, [0, 0, 255, 0]);
    part.forward(u32::MAX, &mut y);
    assert_eq!(y, [0; 4]);
}

/// A recurrent layer over two values of which every parameter is extreme.
fn recurrent<const GATES: usize>(number: i32, byte: u8) -> Recurrent<2, 3, GATES> {
    Recurrent {
        bias: [number; GATES],
        multiplier: [number; GATES],
        recurrent_bias: [number; GATES],
        recurrent_multiplier: [number; GATES],
        state_multiplier: [number],
        output: [byte; 4],
        kernel: [[i8::MIN; GATES]; 2],
        recurrent_kernel: [[i8::MAX; GATES]; 3],
        shift: [byte; 2],
    }
}

/// A hostile file may say anything.
#[test]
fn no_parameters_make_a_part_panic() {
    let mut y = [0; 5];
    let x = [0, 1, 127, 128, 255];
    for byte in [0, 1, 31, 32, 62, 63, 64, 127, 128, 255] {
        for number in [i32::MIN, -1, 0, 1, i32::MAX] {
            Combination::<1, 2> { multiplier: [[number]; 2], offset: [number], shift: [byte] }.forward([&x, &x], &mut y);
            Maximum::<2> { multiplier: [number; 2], offset: [number; 2], shift: [byte] }.forward([&x, &x], &mut y);
            Product::<2> { multiplier: [number], output: [byte; 4], zero_point: [byte; 2] }.forward([&x, &x], &mut y);
            Mixture::<2> { multiplier: [number; 2], offset: [number; 2], output: [byte; 2] }.forward(&[byte, 255], [&x, &x], &mut y);
            Softmax { exponentials: [number.cast_unsigned(); 256] }.forward(&x, &mut y);
            AveragePool::<1> { multiplier: [number], output: [byte; 4], zero_point: [byte] }.forward::<1, 5, 4>(
                &Window::new([1, 5, 1], [1, 2], [1, 1], false),
                &x,
                &mut [0; 4],
            );
            for half in [number.cast_unsigned(), 0] {
                LayerNorm::<5> { multiplier: [number; 5], offset: [number; 5], epsilon: [half; 2], shift: [byte] }.forward(&x, &mut y);
                LayerNorm::<5> { multiplier: [number; 5], offset: [number; 5], epsilon: [half; 2], shift: [byte] }.forward(&[byte; 5], &mut y);
            }
            Convolution::<2, 5> { bias: [number; 5], multiplier: [number; 5], output: [byte; 4], padding: [byte], kernel: [[i8::MIN; 5]; 2] }
                .forward(&Window::new([1, 5, 1], [1, 2], [1, 1], true), &x, &mut [0; 25]);
            recurrent::<12>(number, byte).forward::<Lstm, 4, 6>(&[byte; 4], &mut [0; 6]);
            recurrent::<9>(number, byte).forward::<Gru, 4, 3>(&[byte; 4], &mut [0; 3]);
            super::Dense::<5, 5> { bias: [number; 5], multiplier: [number; 5], output: [byte; 4], kernel: [[i8::MIN; 5]; 5] }.forward(&x, &mut y);
        }
    }
}
