//! Values that consist of scalars alone, viewed as one flat slice: the one place, beside the kernels, with `unsafe` in it.
//!
//! A model, its gradient and the optimizer's state are all the same `struct` of named blocks. Optimizers,
//! weight files and balancing strategies see it as `&[T]`.
#![allow(unsafe_code, reason = "viewing a struct of scalars as a slice needs it; the invariants are on each item")]

use core::marker::PhantomData;
use core::mem::{MaybeUninit, align_of, size_of};
use core::ops::{Deref, DerefMut};
use nalgebra::{ArrayStorage, Const, Matrix, SMatrix};

/// A type whose all-zero bit pattern is a valid value.
///
/// # Safety
///
/// All bytes zero must be a valid value of the type. Implement it with [`zeroable!`](crate::zeroable), which checks every field.
#[diagnostic::on_unimplemented(
    message = "all bytes zero need not be a value of `{Self}`",
    note = "numbers, `bool`, `()`, `PhantomData`, arrays and matrices of them are zeroable, and structs of such fields that `mtl::zeroable!` or `mtl::flat!` declares"
)]
pub unsafe trait Zeroable: Sized {}

/// The value whose bytes are all zero; usable in `static` initialisers.
#[must_use]
pub const fn zeroed<Z: Zeroable>() -> Z {
    // SAFETY: `Zeroable` promises that all bytes zero are a valid value.
    unsafe { MaybeUninit::zeroed().assume_init() }
}

/// A zeroed value built directly on the heap, never on the stack.
#[cfg(feature = "std")]
#[must_use]
pub fn zeroed_box<Z: Zeroable>() -> std::boxed::Box<Z> {
    // SAFETY: `Zeroable` promises that all bytes zero are a valid value.
    unsafe { std::boxed::Box::<Z>::new_zeroed().assume_init() }
}

/// `count` zeroed values on the heap.
#[cfg(feature = "std")]
#[must_use]
pub fn zeroed_slice<Z: Zeroable>(count: usize) -> std::boxed::Box<[Z]> {
    // SAFETY: `Zeroable` promises that all bytes zero are a valid value.
    unsafe { std::boxed::Box::<[Z]>::new_zeroed_slice(count).assume_init() }
}

/// Sets every byte of a value to zero, in place.
#[inline(always)]
pub fn set_zero<Z: Zeroable + Copy>(value: &mut Z) {
    // SAFETY: `Zeroable` promises that all bytes zero are a valid value, and `Copy` that nothing need be dropped.
    unsafe { core::ptr::write_bytes(core::ptr::from_mut(value), 0, 1) }
}

/// Sets every byte of every value to zero, in place.
#[inline(always)]
pub fn fill_zero<Z: Zeroable + Copy>(values: &mut [Z]) {
    for value in values {
        set_zero(value);
    }
}

/// A value that consists of scalars `T` alone, without padding, so that it can be viewed as a slice of them.
///
/// # Safety
///
/// The type must be exactly `size_of::<Self>() / size_of::<T>()` initialised values of type `T` with the alignment
/// of `T`, any values of which are valid, and all bytes zero must be valid. Implement it with [`flat!`](crate::flat!), which checks every field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not consist of scalars `{T}` alone",
    note = "`{T}`, `()`, `PhantomData`, arrays and matrices of them do, and `repr(C)` structs of such fields that `mtl::flat!` declares"
)]
pub unsafe trait Flat<T>: Zeroable + Copy {
    /// How many scalars the value has.
    const LEN: usize = {
        assert!(align_of::<Self>() == align_of::<T>() || size_of::<Self>() == 0, "a flat value has the alignment of its scalar");
        assert!(size_of::<Self>().is_multiple_of(size_of::<T>()), "a flat value has no padding");
        size_of::<Self>() / size_of::<T>()
    };

    /// All scalars, in the order in which they lie in memory.
    #[inline(always)]
    fn as_slice(&self) -> &[T] {
        // An empty value, `()` say, need not be aligned as its scalar is.
        if Self::LEN == 0 {
            return &[];
        }
        // SAFETY: `Flat` promises `LEN` initialised values of type `T` at this address.
        unsafe { core::slice::from_raw_parts(core::ptr::from_ref(self).cast(), Self::LEN) }
    }

    /// All scalars, in the order in which they lie in memory.
    #[inline(always)]
    fn as_mut_slice(&mut self) -> &mut [T] {
        if Self::LEN == 0 {
            return &mut [];
        }
        // SAFETY: `Flat` promises `LEN` initialised values of type `T` at this address, of which any value is valid.
        unsafe { core::slice::from_raw_parts_mut(core::ptr::from_mut(self).cast(), Self::LEN) }
    }
}

/// A value that begins at a cache line, 64 bytes: where a model does, whole vector registers of its parameters are read fastest.
///
/// A model by itself has the alignment of its scalar. `static MODEL: Aligned<Patient> = Aligned(embed!(Patient, "..."))` predicts faster
/// than a plain `static`; what the trainer works on is aligned without your doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(C, align(64))]
pub struct Aligned<V>(pub V);

// SAFETY: the one field is `Zeroable`, and padding may hold any bytes.
unsafe impl<Z: Zeroable> Zeroable for Aligned<Z> {}

impl<V> Deref for Aligned<V> {
    type Target = V;
    #[inline(always)]
    fn deref(&self) -> &V {
        &self.0
    }
}

impl<V> DerefMut for Aligned<V> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut V {
        &mut self.0
    }
}

impl<V> core::borrow::Borrow<V> for Aligned<V> {
    fn borrow(&self) -> &V {
        &self.0
    }
}

impl<V> core::borrow::BorrowMut<V> for Aligned<V> {
    fn borrow_mut(&mut self) -> &mut V {
        &mut self.0
    }
}

/// A type of which every bit pattern is a value. Implement it with [`any_bits!`](crate::any_bits), which checks every field.
///
/// # Safety
///
/// Any bytes must be a valid value of the type; padding may hold any as well.
#[diagnostic::on_unimplemented(
    message = "there are bytes that are no value of `{Self}`",
    note = "any bytes are a value of `f32`, `f64`, `u8`, `i8`, `u32`, `i32`, of arrays of them, of models, and of structs of such fields that `mtl::any_bits!` declares"
)]
pub unsafe trait AnyBits: Copy {}

macro_rules! any_bits_of_numbers {
    ($($type:ty),*) => {$(
        // SAFETY: any bits are a number; of a float perhaps an infinity or a NaN.
        unsafe impl AnyBits for $type {}
    )*};
}
any_bits_of_numbers!(f32, f64, u8, i8, i32, u32);

// SAFETY: an array is its elements without padding.
unsafe impl<B: AnyBits, const N: usize> AnyBits for [B; N] {}

/// Overwrites the bytes from number `offset` on with elements of `size` bytes each, which are little-endian and of any alignment in
/// `bytes`: in const evaluation too, where it costs one copy however many they are. On a big-endian target their bytes are turned
/// round, one by one.
///
/// # Panics
///
/// When `bytes` are not whole elements or would go beyond the value.
pub const fn write_bytes<V: AnyBits>(value: &mut V, offset: usize, bytes: &[u8], size: usize) {
    write_ordered(value, offset, bytes, size, cfg!(target_endian = "big"));
}

/// [`write_bytes`] where the target is known to have the order of the elements, or the reverse.
const fn write_ordered<V: AnyBits>(value: &mut V, offset: usize, bytes: &[u8], size: usize, reverse: bool) {
    assert!(size > 0 && bytes.len().is_multiple_of(size), "bytes of a part of an element");
    assert!(offset <= size_of::<V>() && bytes.len() <= size_of::<V>() - offset, "bytes beyond the end of a value");
    let start: *mut u8 = core::ptr::from_mut(value).cast();
    if reverse {
        let mut index = 0;
        while index < bytes.len() {
            let mirrored = index / size * size + (size - 1 - index % size);
            // SAFETY: the place lies within the value, and `AnyBits` promises that any byte may stand there.
            unsafe { *start.add(offset + mirrored) = bytes[index] };
            index += 1;
        }
    } else {
        // SAFETY: those written lie within the value, and `AnyBits` promises that any bytes may stand there. A `&[u8]` and a
        // `&mut V` cannot overlap.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), start.add(offset), bytes.len()) }
    }
}

macro_rules! primitive {
    ($($type:ty),*) => {$(
        // SAFETY: all bytes zero are the number zero, or false.
        unsafe impl Zeroable for $type {}
    )*};
}
primitive!(f32, f64, u8, i8, u16, i16, u32, i32, u64, i64, usize, bool, ());

// SAFETY: a marker has no bytes.
unsafe impl<T> Zeroable for PhantomData<T> {}
// SAFETY: no scalars at all.
unsafe impl<T, M> Flat<T> for PhantomData<M> {}

// SAFETY: a scalar is one scalar.
unsafe impl Flat<f32> for f32 {}
// SAFETY: a scalar is one scalar.
unsafe impl Flat<f64> for f64 {}
// SAFETY: no scalars at all.
unsafe impl<T> Flat<T> for () {}

// SAFETY: an array is its elements without padding.
unsafe impl<Z: Zeroable, const N: usize> Zeroable for [Z; N] {}
// SAFETY: an array is its elements without padding.
unsafe impl<T, F: Flat<T>, const N: usize> Flat<T> for [F; N] {
    const LEN: usize = length::<T, Self>(&[(0, N * F::LEN)]);
}

// SAFETY: `ArrayStorage` is `repr(transparent)` over `[[Z; R]; C]`, and a matrix `repr(C)`: its storage, and a marker without bytes.
unsafe impl<Z: Zeroable, const R: usize, const C: usize> Zeroable for Matrix<Z, Const<R>, Const<C>, ArrayStorage<Z, R, C>> {}
// SAFETY: as above.
unsafe impl<T: Copy + Flat<T>, const R: usize, const C: usize> Flat<T> for SMatrix<T, R, C> {}

/// [`zeroable!`](crate::zeroable) for this crate, which denies `unsafe` elsewhere. In other crates the lint does not look into our macros.
macro_rules! own_zeroable {
    ($($declaration:tt)*) => {
        #[allow(unsafe_code, reason = "the macro checks what it promises")]
        const _: () = { $crate::zeroable!($($declaration)*); };
    };
}
pub(crate) use own_zeroable;

/// [`flat!`](crate::flat!) for this crate, which denies `unsafe` elsewhere. In other crates the lint does not look into our macros.
macro_rules! own_flat {
    ($($declaration:tt)*) => {
        #[allow(unsafe_code, reason = "the macro checks what it promises")]
        const _: () = { $crate::flat!($($declaration)*); };
    };
}
pub(crate) use own_flat;

/// [`any_bits!`](crate::any_bits) for this crate, which denies `unsafe` elsewhere. In other crates the lint does not look into our macros.
macro_rules! own_any_bits {
    ($($declaration:tt)*) => {
        #[allow(unsafe_code, reason = "the macro checks what it promises")]
        const _: () = { $crate::any_bits!($($declaration)*); };
    };
}
pub(crate) use own_any_bits;

/// Declares a struct as [`Zeroable`] and [`AnyBits`]: every field must be, and must be named with its type.
///
/// `any_bits!([const N: usize] Row<N> as Row { bytes: [u8; N], scale: f32 });`
#[macro_export]
macro_rules! any_bits {
    ([$($generics:tt)*] $type:ty as $name:ident { $($field:tt: $field_type:ty),* $(,)? }) => {
        $crate::zeroable!([$($generics)*] $type as $name { $($field: $field_type),* });

        // SAFETY: `zeroable!` checks that these are all fields and their types, and every one is `AnyBits` by what follows.
        unsafe impl<$($generics)*> $crate::flat::AnyBits for $type {}

        const _: () = {
            #[allow(dead_code, clippy::all, clippy::pedantic)]
            fn __every_field_is_any_bits<$($generics)*>(_: &$type) {
                $($crate::flat::is_any_bits::<$field_type>();)*
            }
        };
    };
}

/// Declares a struct as [`Zeroable`]: every field must be, and must be named with its type.
///
/// `zeroable!([const N: usize] Tape<N> as Tape { values: [f32; N], steps: u64 });`
#[macro_export]
macro_rules! zeroable {
    ([$($generics:tt)*] $type:ty as $name:ident { $($field:tt: $field_type:ty),* $(,)? }) => {
        $crate::every_field!([$($generics)*] $type as $name { $($field: $field_type),* });

        // SAFETY: these are all fields and their types, as was just checked, and every one is `Zeroable` by what follows.
        unsafe impl<$($generics)*> $crate::Zeroable for $type {}

        const _: () = {
            #[allow(dead_code, clippy::all, clippy::pedantic)]
            fn __every_field_is_zeroable<$($generics)*>(_: &$type) {
                $($crate::flat::is_zeroable::<$field_type>();)*
            }
        };
    };
}

/// Declares a `repr(C)` struct as [`Flat`] over its scalar, and as [`AnyBits`]: every field must be, and must be named with its type, in the order of memory.
///
/// `flat!([const N: usize, T: Scalar] Scale<N, T> as Scale over T { factor: SVector<T, N> });`
#[macro_export]
macro_rules! flat {
    ([$($generics:tt)*] $type:ty as $name:ident over $scalar:ty { $($field:tt: $field_type:ty),* $(,)? }) => {
        $crate::every_field!([$($generics)*] $type as $name { $($field: $field_type),* });

        // SAFETY: these are all fields and their types, as was just checked, and every one is `Flat`, as `LEN` names it, so `Zeroable`.
        unsafe impl<$($generics)*> $crate::Zeroable for $type {}

        // SAFETY: as above. Nothing but their scalars takes up bytes: `length` compares sizes wherever the struct is viewed.
        unsafe impl<$($generics)*> $crate::Flat<$scalar> for $type {
            const LEN: ::core::primitive::usize = $crate::flat::length::<$scalar, Self>(&[
                $((::core::mem::offset_of!(Self, $field), <$field_type as $crate::Flat<$scalar>>::LEN)),*
            ]);
        }

        // SAFETY: its bytes are those of its scalars, as above, and any bytes are a scalar.
        unsafe impl<$($generics)*> $crate::flat::AnyBits for $type where $scalar: $crate::flat::AnyBits {}
    };
}

/// Compiles where the type is the struct of this name, and the fields are all that it has, with their types. What the promises of the macros
/// above rest on:
///
/// * Only a struct can be updated from a value of itself. An enum of one variant has such fields too, and a tag beside them; a union may
///   hold bytes of no field; a pattern looks through references.
/// * A pattern without `..` names every field, and none twice.
/// * The type of a field is that of a pointer to it. A reference to the field would pass for more: `&&f64` becomes `&f64` by itself.
#[doc(hidden)]
#[macro_export]
macro_rules! every_field {
    ([$($generics:tt)*] $type:ty as $name:ident { $($field:tt: $field_type:ty),* }) => {
        const _: () = {
            #[allow(unused_imports)]
            use $crate::binding as __value;
            #[allow(dead_code, clippy::all, clippy::pedantic)]
            fn __is_a_struct<$($generics)*>(__value: $type) -> $type {
                $name { ..__value }
            }
            #[allow(dead_code, clippy::all, clippy::pedantic)]
            fn __every_field<$($generics)*>(__value: &mut $type) {
                let $name { $($field: _),* } = __value;
                // As a method, so that the type of the field is known before it is compared; one that takes `self` itself hides those of traits.
                $($crate::flat::Field::at(&raw mut __value.$field).is::<$field_type>();)*
            }
        };
    };
}

/// A field, by its type.
#[doc(hidden)]
#[derive(Debug)]
pub struct Field<F>(PhantomData<fn(F) -> F>);

impl<F> Field<F> {
    /// Where the pointer leads. No pointer of another type becomes one of this by itself.
    pub const fn at(_: *mut F) -> Self {
        Self(PhantomData)
    }

    /// Compiles for the type of the field.
    pub const fn is<N: TypeOf<F>>(self) {}
}

/// What is of one type with `F`: that type.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this field has the type `{F}`, not `{Self}`",
    label = "not the type that it has in the struct",
    note = "every field is named with the very type that it has: what the bytes of a value may be follows from that"
)]
pub trait TypeOf<F> {}
impl<F> TypeOf<F> for F {}

/// Compiles for what is [`Zeroable`].
#[doc(hidden)]
pub const fn is_zeroable<Z: Zeroable>() {}

/// Compiles for what is [`AnyBits`].
#[doc(hidden)]
pub const fn is_any_bits<B: AnyBits>() {}

/// How many scalars `T` there are in an `F` that consists of fields: of each, where it lies, in bytes, and how many scalars it has.
///
/// # Panics
///
/// Where the fields do not lie one after the other, or are not all of `F`, or it has another alignment than its scalars.
#[doc(hidden)]
#[must_use]
pub const fn length<T, F>(fields: &[(usize, usize)]) -> usize {
    let (mut count, mut index) = (0, 0);
    while index < fields.len() {
        let (offset, scalars) = fields[index];
        assert!(
            scalars == 0 || offset == count * size_of::<T>(),
            "the fields of a flat struct are named in the order in which they lie in memory, which `#[repr(C)]` makes that of the struct"
        );
        count += scalars;
        index += 1;
    }
    assert!(count * size_of::<T>() == size_of::<F>(), "a flat struct has no bytes beside its fields, as `#[repr(align(..))]` adds them");
    assert!(
        count == 0 || align_of::<F>() == align_of::<T>(),
        "a flat struct has the alignment of its scalar: neither `#[repr(packed)]` nor a field gives it another"
    );
    count
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::{Aligned, Flat, fill_zero, set_zero, write_bytes, write_ordered, zeroed, zeroed_box, zeroed_slice};
    use nalgebra::SMatrix;
    use std::panic::catch_unwind;

    #[test]
    fn a_value_is_viewed_as_its_scalars() {
        let mut matrices = [SMatrix::<f32, 2, 3>::zeros(); 4];
        assert_eq!(<[SMatrix<f32, 2, 3>; 4] as Flat<f32>>::LEN, 24);
        for (value, number) in Flat::<f32>::as_mut_slice(&mut matrices).iter_mut().zip(0_u8..) {
            *value = f32::from(number);
        }
        assert_eq!((matrices[0][(1, 0)], matrices[1][(0, 0)], matrices[3][(1, 2)]), (1.0, 6.0, 23.0));
        assert_eq!(Flat::<f32>::as_slice(&matrices)[23], 23.0);
        set_zero(&mut matrices[3]);
        fill_zero(&mut matrices[..1]);
        assert_eq!(Flat::<f32>::as_slice(&matrices).iter().filter(|&&value| value == 0.0).count(), 12);
    }

    /// What is empty need not be aligned as scalars are.
    #[test]
    fn nothing_is_viewed_as_no_scalars() {
        let places = [((), 1_u8, ()); 2];
        let [(mut first, _, second), _] = places;
        assert!(Flat::<f64>::as_slice(&second).is_empty() && Flat::<f64>::as_mut_slice(&mut first).is_empty());
        let mut none: [[f32; 3]; 0] = [];
        assert!(Flat::<f32>::as_mut_slice(&mut none).is_empty());
        assert_eq!((<[[f32; 0]; 5] as Flat<f32>>::LEN, <[(); 7] as Flat<f64>>::LEN), (0, 0));
    }

    #[test]
    fn zeroed_values_are_zero_wherever_they_are() {
        assert!(zeroed_slice::<[f32; 3]>(0).is_empty() && zeroed_slice::<()>(9).len() == 9);
        assert_eq!((*zeroed_box::<Aligned<[u8; 3]>>()).0, zeroed::<[u8; 3]>());
        assert_eq!(zeroed_slice::<Aligned<f32>>(3).iter().filter(|value| core::ptr::from_ref(*value).addr() % 64 == 0).count(), 3);
    }

    #[test]
    fn bytes_are_written_within_the_value_alone() {
        let mut values = std::boxed::Box::new([[0_u8; 3]; 2]);
        write_bytes(&mut *values, 6, &[], 1);
        write_bytes(&mut *values, 5, &[1], 1);
        write_bytes(&mut *values, 0, &[2, 3, 4, 5], 2);
        assert_eq!(values.as_flattened().iter().sum::<u8>(), 15);
        for (offset, length, size) in
            [(6, 1, 1), (7, 0, 1), (5, 2, 1), (0, 7, 1), (usize::MAX, 2, 1), (2, usize::BITS as usize, 4), (0, 3, 2), (0, 2, 0)]
        {
            let written = catch_unwind(|| write_bytes(&mut [[0_u8; 3]; 2], offset, &[9; 64][..length], size));
            assert!(written.is_err(), "{length} bytes at {offset}, {size} each");
        }
    }

    /// What a big-endian target does to little-endian bytes is what makes them read backwards on this one.
    #[test]
    fn elements_are_written_in_the_order_of_the_target() {
        const fn written<const REVERSE: bool>() -> [u32; 3] {
            let mut value = [0x0101_0101; 3];
            write_ordered(&mut value, 4, &[1, 2, 3, 4, 5, 6, 7, 8], 4, REVERSE);
            value
        }
        // In const evaluation, as `embed!` does it.
        const SAME: [u32; 3] = written::<false>();
        const REVERSED: [u32; 3] = written::<true>();
        assert_eq!(SAME.map(u32::to_le), [0x0101_0101, 0x0403_0201, 0x0807_0605]);
        assert_eq!(REVERSED, SAME.map(u32::swap_bytes));
        assert_eq!(REVERSED.map(u32::to_be), [0x0101_0101, 0x0403_0201, 0x0807_0605]);

        let (mut bytes, mut doubles) = ([0_u8; 3], [0.0_f64; 2]);
        write_ordered(&mut bytes, 1, &[7, 8], 1, true);
        assert_eq!(bytes, [0, 7, 8]);
        write_ordered(&mut doubles, 8, &1.5_f64.to_ne_bytes().map(|byte| byte), 8, false);
        assert_eq!(doubles, [0.0, 1.5]);
        let mut swapped = 1.5_f64.to_ne_bytes();
        swapped.reverse();
        write_ordered(&mut doubles, 0, &swapped, 8, true);
        assert_eq!(doubles, [1.5, 1.5]);
    }
}
