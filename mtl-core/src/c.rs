//! Models as functions of C.
//!
//! ```ignore
//! static MODEL: Digits = mtl::embed!(Digits, "weights/digits.safetensors");
//!
//! mtl::c_api! {
//!     MODEL: Digits;
//!     digits_predict;
//!     digits_predict_odd = odd;
//! }
//! ```
//!
//! makes `void digits_predict(const struct digits_inputs *, struct digits_outputs *)` and `void digits_predict_odd(const struct digits_inputs *, float *)`, which
//! need neither an allocator nor the standard library. [`header`] writes the declarations for C and C++, with a structure of the inputs, one of the outputs, an
//! enumeration for each list of categories, and their sizes, which the compiler of C compares.
//!
//! All fields are of four bytes, in the order of declaration: `float`, NAN for what is missing, and `int32_t` for a class or a category. What
//! is no input that the model could have been trained with makes those outputs NAN that depend on it, as [`predict`](crate::pass::predict) does.

use crate::model::{FieldKind, Model, Record};
use crate::pass;

/// How many numbers of four bytes an input is.
const fn width(kind: FieldKind) -> usize {
    match kind {
        FieldKind::Real { width } => width,
        FieldKind::Class { .. } => 1,
    }
}

/// How many numbers the inputs of a model are.
#[must_use]
pub const fn inputs<M: Model>() -> usize {
    let (mut count, mut input) = (0, 0);
    while input < M::INPUTS.len() {
        count += width(M::INPUTS[input].kind);
        input += 1;
    }
    count
}

/// How many numbers the outputs of a set of heads are.
#[must_use]
pub const fn outputs<M: Model>(heads: u64) -> usize {
    let (mut count, mut head) = (0, 0);
    while head < M::HEADS.len() {
        if heads >> head & 1 == 1 {
            count += M::HEADS[head].outputs;
        }
        head += 1;
    }
    count
}

/// A row of inputs as C has it.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Inputs<const COUNT: usize>([f32; COUNT]);

/// Outputs as C has them.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Outputs<const COUNT: usize>([f32; COUNT]);

impl<const COUNT: usize> Inputs<COUNT> {
    /// Of numbers in the order of declaration; a class by its bits, `f32::from_bits(class)`.
    #[must_use]
    pub const fn new(numbers: [f32; COUNT]) -> Self {
        Self(numbers)
    }
}

impl<const COUNT: usize> Outputs<COUNT> {
    /// Zeros, to be written.
    pub const ZERO: Self = Self([0.0; COUNT]);

    /// The numbers, head by head.
    #[must_use]
    pub const fn numbers(&self) -> &[f32; COUNT] {
        &self.0
    }
}

/// A row of a model's inputs.
struct Row<'a, M>(&'a [f32], core::marker::PhantomData<M>);

impl<'a, M: Model> Row<'a, M> {
    fn field(&self, field: usize) -> Option<(&'a [f32], FieldKind)> {
        let kind = M::INPUTS.get(field)?.kind;
        let before = M::INPUTS[..field].iter().map(|input| width(input.kind)).sum::<usize>();
        Some((self.0.get(before..before + width(kind))?, kind))
    }
}

impl<M: Model<Scalar = f32>> Record<f32> for Row<'_, M> {
    fn real(&self, field: usize) -> Option<&[f32]> {
        let (numbers, kind) = self.field(field)?;
        matches!(kind, FieldKind::Real { .. }).then_some(numbers)
    }

    fn class(&self, field: usize) -> Option<usize> {
        let (numbers, kind) = self.field(field)?;
        let class = numbers.first()?.to_bits();
        if let FieldKind::Class { .. } = kind { usize::try_from(class).ok() } else { None }
    }
}

/// Predicts some heads of a row, and writes them one after the other. What [`c_api!`](crate::c_api!) calls.
pub fn predict<M: Model<Scalar = f32>, const HEADS: u64, const IN: usize, const OUT: usize>(
    model: &M,
    inputs: &Inputs<IN>,
    outputs: &mut Outputs<OUT>,
) {
    const { assert!(IN == self::inputs::<M>() && OUT == self::outputs::<M>(HEADS), "sizes of another model") };
    let row: Row<'_, M> = Row(&inputs.0, core::marker::PhantomData);
    pass::predict_row::<M, HEADS, _, _>(
        model,
        &row,
        #[inline(always)]
        |values, spoiled| {
            let all = pass::outputs::<M, 1>(values, 0, spoiled);
            let mut to = outputs.0.iter_mut();
            for head in (0..M::HEADS.len()).filter(|head| HEADS >> head & 1 == 1) {
                M::output_numbers(&all, head).iter().zip(to.by_ref()).for_each(|(&from, to)| *to = from);
            }
        },
    );
}

/// Makes functions of C of a model.
///
/// `MODEL: Type;` names a `static`, and each `name;` or `name = head;` is a function that predicts all heads or one; see [`c`](mod@crate::c).
#[macro_export]
macro_rules! c_api {
    ($model:ident: $type:ty; $($function:ident $(= $head:ident)?;)+) => {
        $($crate::__c_function! { $model, $type, $function $(, $head)? })+
    };
}

/// One function of [`c_api!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __c_function {
    ($model:ident, $type:ty, $function:ident) => {
        /// Predicts all heads of a row, for C.
        #[unsafe(no_mangle)]
        pub extern "C" fn $function(
            inputs: &$crate::c::Inputs<{ $crate::c::inputs::<$type>() }>,
            outputs: &mut $crate::c::Outputs<{ $crate::c::outputs::<$type>(u64::MAX) }>,
        ) {
            $crate::c::predict::<$type, { u64::MAX }, _, _>(&$model, inputs, outputs);
        }
    };
    ($model:ident, $type:ty, $function:ident, $head:ident) => {
        #[doc = ::core::concat!("Predicts `", ::core::stringify!($head), "` of a row, for C.")]
        #[unsafe(no_mangle)]
        pub extern "C" fn $function(
            inputs: &$crate::c::Inputs<{ $crate::c::inputs::<$type>() }>,
            outputs: &mut $crate::c::Outputs<{ $crate::c::outputs::<$type>($crate::embed::heads::<$type>(&[::core::stringify!($head)])) }>,
        ) {
            $crate::c::predict::<$type, { $crate::embed::heads::<$type>(&[::core::stringify!($head)]) }, _, _>(&$model, inputs, outputs);
        }
    };
}

#[cfg(feature = "std")]
pub use header::header;

/// The declarations of C.
#[cfg(feature = "std")]
mod header {
    use core::fmt::Write as _;
    use std::format;
    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::{inputs, outputs};
    use crate::model::{ColumnInfo, Columns, FieldKind, Model};

    /// The header of a model, whose names begin with `prefix`: functions `prefix_predict` and `prefix_predict_HEAD`, which [`c_api!`](crate::c_api!) makes.
    #[must_use]
    pub fn header<M: Model>(prefix: &str) -> String {
        let upper = prefix.to_uppercase();
        let mut text = format!(
            "/* The model {}. Written by `mtl::c::header`. */\n#ifndef {upper}_H\n#define {upper}_H\n\n#include <stdint.h>\n\n\
             #ifdef __cplusplus\n#define {upper}_ASSERT(claim, text) static_assert(claim, text)\nextern \"C\" {{\n\
             #else\n#define {upper}_ASSERT(claim, text) _Static_assert(claim, text)\n#endif\n",
            M::NAME
        );
        let fields = M::INPUTS.iter().map(|input| (input.name, input.columns)).chain(M::HEADS.iter().map(|head| (head.name, head.columns)));
        for (name, columns) in fields {
            if let [column] = columns.named()
                && !column.categories.is_empty()
            {
                enumeration(&mut text, prefix, name, column);
            }
        }
        write(&mut text, format_args!("\n/* A row of inputs. */\nstruct {prefix}_inputs {{\n"));
        for input in M::INPUTS {
            let field = c_name(input.name);
            let line = match (input.kind, input.columns) {
                (FieldKind::Class { classes }, Columns::Named([ColumnInfo { categories: [], .. }])) => {
                    format!("int32_t {field}; /* below {classes} */")
                }
                (FieldKind::Class { .. }, _) => format!("int32_t {field}; /* enum {prefix}_{field} */"),
                (FieldKind::Real { .. }, Columns::Named(columns))
                    if columns.len() > 1 || columns.first().is_some_and(|column| column.name != input.name) =>
                {
                    let members =
                        columns.iter().map(|column| format!("float {};{}", c_name(column.name), if column.optional { " /* or NAN */" } else { "" }));
                    format!("struct {{ {} }} {field};", members.collect::<Vec<_>>().join(" "))
                }
                (FieldKind::Real { .. }, _) => {
                    let sides: String = input.shape.iter().map(|side| format!("[{side}]")).collect();
                    format!("float {field}{sides};")
                }
            };
            write(&mut text, format_args!("    {line}\n"));
        }
        write(&mut text, format_args!("}};\n\n/* What the heads give. */\nstruct {prefix}_outputs {{\n"));
        for head in M::HEADS {
            write(&mut text, format_args!("    float {};\n", numbers(head.name, head.outputs)));
        }
        write(
            &mut text,
            format_args!(
                "}};\n\n{upper}_ASSERT(sizeof(struct {prefix}_inputs) == {}, \"the inputs are those of another header\");\n\
                 {upper}_ASSERT(sizeof(struct {prefix}_outputs) == {}, \"the outputs are those of another header\");\n\n\
                 /* Predicts all heads. */\nvoid {prefix}_predict(const struct {prefix}_inputs *inputs, struct {prefix}_outputs *outputs);\n",
                4 * inputs::<M>(),
                4 * outputs::<M>(u64::MAX)
            ),
        );
        for head in M::HEADS {
            let field = c_name(head.name);
            write(
                &mut text,
                format_args!(
                    "/* Predicts `{}`, and computes only what it needs. */\nvoid {prefix}_predict_{field}(const struct {prefix}_inputs *inputs, float {field}[{}]);\n",
                    head.name, head.outputs
                ),
            );
        }
        write(&mut text, format_args!("\n#ifdef __cplusplus\n}}\n#endif\n\n#endif\n"));
        text
    }

    fn write(text: &mut String, line: core::fmt::Arguments<'_>) {
        // A text takes everything.
        let _ = text.write_fmt(line);
    }

    fn numbers(name: &str, count: usize) -> String {
        if count == 1 { c_name(name) } else { format!("{}[{count}]", c_name(name)) }
    }

    /// The categories by number.
    fn enumeration(text: &mut String, prefix: &str, name: &str, column: &ColumnInfo) {
        let (prefix, name) = (prefix.to_string(), c_name(name));
        write(text, format_args!("\nenum {prefix}_{name} {{\n"));
        let mut taken: Vec<String> = Vec::new();
        for (number, category) in column.categories.iter().enumerate() {
            let word: String =
                category.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' }).collect();
            let mut variant = format!("{}_{}_{word}", prefix.to_uppercase(), name.to_uppercase());
            if taken.contains(&variant) {
                write(&mut variant, format_args!("_{number}"));
            }
            write(text, format_args!("    {variant} = {number},\n"));
            taken.push(variant);
        }
        text.push_str("};\n");
    }

    /// A name that is none of C's own words.
    fn c_name(name: &str) -> String {
        const WORDS: &[&str] = &[
            "auto",
            "bool",
            "break",
            "case",
            "catch",
            "char",
            "class",
            "const",
            "continue",
            "default",
            "delete",
            "do",
            "double",
            "else",
            "enum",
            "explicit",
            "export",
            "extern",
            "false",
            "float",
            "for",
            "friend",
            "goto",
            "if",
            "inline",
            "int",
            "long",
            "namespace",
            "new",
            "operator",
            "private",
            "protected",
            "public",
            "register",
            "restrict",
            "return",
            "short",
            "signed",
            "sizeof",
            "static",
            "struct",
            "switch",
            "template",
            "this",
            "throw",
            "true",
            "try",
            "typedef",
            "typename",
            "union",
            "unsigned",
            "using",
            "virtual",
            "void",
            "volatile",
            "while",
        ];
        if WORDS.contains(&name) { format!("{name}_") } else { name.to_string() }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::testing::Tiny;

    #[test]
    fn sizes_are_those_of_the_fields() {
        assert_eq!(inputs::<Tiny>(), Tiny::INPUTS.iter().map(|input| width(input.kind)).sum::<usize>());
        assert_eq!(outputs::<Tiny>(u64::MAX), Tiny::HEADS.iter().map(|head| head.outputs).sum::<usize>());
        assert_eq!(outputs::<Tiny>(0), 0);
        assert_eq!(Outputs::<3>::ZERO.numbers(), &[0.0; 3]);
    }
}
