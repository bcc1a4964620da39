//! Structs that `flat!`, `zeroable!` and `any_bits!` take, in a crate without unsafe code.
#![forbid(unsafe_code)]

use std::marker::PhantomData;

use mtl::nalgebra::{SMatrix, SVector};
use mtl::{Flat, Scalar, Zeroable, flat};

#[derive(Clone, Copy)]
#[repr(C)]
struct Everything<'a, const N: usize, T: Scalar> {
    number: T,
    vector: SVector<T, N>,
    matrix: SMatrix<T, 2, N>,
    array: [[T; 3]; N],
    r#type: Pair<T>,
    wrapped: Wrapped<T>,
    nothing: (),
    marker: PhantomData<&'a str>,
    none: [Pair<T>; 0],
}

mtl::flat!(['a, const N: usize, T: Scalar] Everything<'a, N, T> as Everything over T {
    number: T,
    vector: SVector<T, N>,
    matrix: SMatrix<T, 2, N>,
    array: [[T; 3]; N],
    r#type: Pair<T>,
    wrapped: Wrapped<T>,
    nothing: (),
    marker: PhantomData<&'a str>,
    none: [Pair<T>; 0],
});

#[derive(Clone, Copy)]
#[repr(transparent)]
struct Wrapped<T>(Pair<T>);

mtl::flat!([T: Scalar] Wrapped<T> as Wrapped over T { 0: Pair<T> });

#[derive(Clone, Copy)]
#[repr(C)]
struct Pair<T> {
    first: T,
    second: T,
}

macro_rules! pair {
    ($($field:ident)*) => {
        mtl::flat!([T: Scalar] Pair<T> as Pair over T { $($field: T),* });
    };
}
pair!(first second);

/// What flatness means for any type of field.
#[derive(Clone, Copy)]
#[repr(C)]
struct Two<F>(F, F);

mtl::flat!([F: Flat<f32>] Two<F> as Two over f32 { 0: F, 1: F });

#[derive(Clone, Copy)]
#[repr(C)]
struct Nothing;

mtl::flat!([] Nothing as Nothing over f64 {});

/// Of another order than it is written in, perhaps, and with padding.
#[allow(dead_code)]
struct Tape<Z> {
    known: bool,
    values: [f64; 3],
    last: Z,
}

mtl::zeroable!([Z: Zeroable] Tape<Z> as Tape { known: bool, values: [f64; 3], last: Z });

#[derive(Clone, Copy)]
#[repr(C)]
struct Row<const N: usize> {
    bytes: [[u8; 3]; N],
    scale: f32,
}

mtl::any_bits!([const N: usize] Row<N> as Row { bytes: [[u8; 3]; N], scale: f32 });

/// Zeroable, without the alignment of its fields.
#[derive(Clone, Copy)]
#[repr(C, packed)]
struct Packed {
    byte: u8,
    word: u32,
}

mtl::any_bits!([] Packed as Packed { byte: u8, word: u32 });

fn main() {
    let mut everything: Everything<'_, 2, f32> = flat::zeroed();
    assert_eq!(<Everything<'_, 2, f32> as Flat<f32>>::LEN, 1 + 2 + 4 + 6 + 2 + 2);
    for (value, number) in everything.as_mut_slice().iter_mut().zip(0_u8..) {
        *value = number.into();
    }
    assert_eq!((everything.number, everything.matrix[(1, 1)], everything.r#type.second, everything.wrapped.0.first), (0.0, 6.0, 14.0, 15.0));
    let mut two: Two<[f32; 2]> = flat::zeroed();
    two.as_mut_slice()[2] = 1.0;
    assert_eq!((two.0, two.1, Nothing.as_slice().len()), ([0.0; 2], [1.0, 0.0], 0));
    let tape: Tape<u8> = flat::zeroed();
    assert!(!tape.known && tape.values == [0.0; 3] && tape.last == 0);
    let mut row: Row<2> = flat::zeroed();
    flat::write_bytes(&mut row, 5, &[7], 1);
    assert_eq!((row.bytes, row.scale), ([[0; 3], [0, 0, 7]], 0.0));
    let mut packed: Packed = flat::zeroed();
    flat::write_bytes(&mut packed, 1, &[1, 0, 0, 0], 4);
    assert_eq!((packed.byte, { packed.word }), (0, 1));
}
