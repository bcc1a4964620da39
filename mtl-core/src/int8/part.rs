//! What a model in eight bits consists of: [`Part`]s, each a struct of tensors.

use crate::flat::{AnyBits, Zeroable};
use crate::weights::TensorInfo;

/// A struct of tensors, which a weight file names by path and field.
pub trait Part: AnyBits + Zeroable {
    /// Its tensors.
    const TENSORS: &'static [TensorInfo];
}

/// A part as it is written to a weight file.
#[cfg(feature = "std")]
pub trait PartBytes {
    /// Appends the elements of a tensor by its number, little-endian.
    fn append(&self, tensor: usize, bytes: &mut std::vec::Vec<u8>);
}

/// Elements of a tensor: numbers, or arrays of arrays of them.
#[cfg(feature = "std")]
pub(crate) trait Elements {
    /// Appends them, little-endian.
    fn append(&self, bytes: &mut std::vec::Vec<u8>);
}

#[cfg(feature = "std")]
macro_rules! elements {
    ($($number:ty),*) => {$(
        impl Elements for $number {
            fn append(&self, bytes: &mut std::vec::Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}
#[cfg(feature = "std")]
elements!(u8, i8, i32, u32, f32);

#[cfg(feature = "std")]
impl<E: Elements, const N: usize> Elements for [E; N] {
    fn append(&self, bytes: &mut std::vec::Vec<u8>) {
        self.iter().for_each(|element| element.append(bytes));
    }
}

/// Declares a part: a `repr(C)` struct whose fields are tensors.
///
/// `part! { Name<N> { field: [i8; N] = I8 [N] } }`
macro_rules! part {
    ($(#[$doc:meta])* $name:ident<$($generic:ident),*> { $($(#[$field_doc:meta])* $field:ident: $type:ty = $element:ident [$($dimension:expr),*]),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[repr(C)]
        pub struct $name<$(const $generic: usize),*> { $($(#[$field_doc])* pub(crate) $field: $type),* }

        $crate::flat::own_any_bits!([$(const $generic: usize),*] $name<$($generic),*> as $name { $($field: $type),* });

        impl<$(const $generic: usize),*> $crate::int8::Part for $name<$($generic),*> {
            const TENSORS: &'static [$crate::weights::TensorInfo] = &[$($crate::weights::TensorInfo {
                name: stringify!($field),
                element: $crate::weights::ElementType::$element,
                shape: &[$($dimension),*],
                offset: core::mem::offset_of!(Self, $field),
            }),*];
        }

        #[cfg(feature = "std")]
        impl<$(const $generic: usize),*> $crate::int8::PartBytes for $name<$($generic),*> {
            fn append(&self, tensor: usize, bytes: &mut std::vec::Vec<u8>) {
                let fields: &[&dyn $crate::int8::part::Elements] = &[$(&self.$field),*];
                if let Some(field) = fields.get(tensor) {
                    field.append(bytes);
                }
            }
        }
    };
}
pub(crate) use part;
