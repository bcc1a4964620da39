//! Sizes known when compiling: sums and products of them, and whether two are the same.

use proc_macro2::{Ident, TokenStream};

use crate::text;

/// Tokens from the user's source, comparable by their text.
#[derive(Clone)]
pub(crate) struct Tokens(pub(crate) TokenStream);

impl PartialEq for Tokens {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_string() == other.0.to_string()
    }
}

/// A constant of the user's, comparable by its text.
#[derive(Clone)]
pub(crate) struct Constant {
    /// As the user wrote it.
    pub(crate) written: Tokens,
    /// What generated code calls it: `PatientSizes::RECORD`. There it stands once as it was written, so that rustc tells a mistake in it once.
    pub(crate) path: Tokens,
}

impl PartialEq for Constant {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

/// A size known when compiling.
#[derive(Clone, PartialEq)]
pub(crate) enum Dim {
    Literal(usize),
    /// A path to a `const`, or a braced expression without the braces: anything const evaluation can find outside of generics.
    Constant(Box<Constant>),
    /// A const generic of the struct.
    Generic(Ident),
    /// A sum, of at least two terms with at most one literal. Contains no `Generic` (Rust has no arithmetic on const generics in types).
    Sum(Vec<Dim>),
    /// A product, of at least two factors with at most one literal. Contains no `Generic`.
    Product(Vec<Dim>),
    /// How many places a window of that size has along a side. Contains no `Generic`.
    Places {
        along: Box<Dim>,
        size: Box<Dim>,
        stride: Box<Dim>,
        padded: bool,
    },
    /// The `OUTPUT` of a user's own layer: `<path as Shape>::OUTPUT`.
    OutputOf(Tokens),
}

/// The shape of a value of one sample.
#[derive(Clone, PartialEq)]
pub(crate) enum Shape {
    Real(Vec<Dim>),
    Class(Dim),
}

impl Shape {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Real(dims) => shape_text(dims),
            Self::Class(classes) => format!("class({})", text(classes)),
        }
    }

    /// How many numbers; a class index is one.
    pub(crate) fn size(&self) -> Dim {
        match self {
            Self::Real(dims) => product(dims),
            Self::Class(_) => Dim::Literal(1),
        }
    }

    /// The dimensions of real values.
    pub(crate) fn dims(&self) -> &[Dim] {
        match self {
            Self::Real(dims) => dims,
            Self::Class(_) => &[],
        }
    }

    /// Every size that it has.
    pub(crate) fn dims_mut(&mut self) -> &mut [Dim] {
        match self {
            Self::Real(dims) => dims,
            Self::Class(classes) => std::slice::from_mut(classes),
        }
    }
}

/// What can be said of two sizes before const evaluation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Agreement {
    Same,
    Different,
    /// Constants that const evaluation must compare.
    Unknown,
    /// A const generic of the struct is compared with something else: nothing can.
    Undecidable,
}

pub(crate) fn agreement(left: &Dim, right: &Dim) -> Agreement {
    match (left, right) {
        _ if left == right => Agreement::Same,
        (Dim::Literal(_), Dim::Literal(_)) => Agreement::Different,
        _ if is_generic(left) || is_generic(right) => Agreement::Undecidable,
        _ => Agreement::Unknown,
    }
}

/// A size depends on a const generic of the struct.
pub(crate) fn is_generic(dim: &Dim) -> bool {
    match dim {
        Dim::Generic(_) => true,
        Dim::Sum(dims) | Dim::Product(dims) => dims.iter().any(is_generic),
        Dim::Places { along, size, stride, .. } => [along, size, stride].into_iter().any(|dim| is_generic(dim)),
        Dim::Literal(_) | Dim::Constant(_) | Dim::OutputOf(_) => false,
    }
}

/// The sum, with literals folded and terms in a fixed order, so that equal sums compare equal.
pub(crate) fn sum(dims: &[Dim]) -> Dim {
    combine(dims, 0, usize::saturating_add, |dim| if let Dim::Sum(inner) = dim { Some(inner) } else { None }, Dim::Sum)
}

/// The product, with literals folded and factors in a fixed order, so that equal products compare equal.
pub(crate) fn product(dims: &[Dim]) -> Dim {
    combine(dims, 1, usize::saturating_mul, |dim| if let Dim::Product(inner) = dim { Some(inner) } else { None }, Dim::Product)
}

/// How many places a window has along a side: `⌊(along − size) / stride⌋ + 1`, with padding `⌈along / stride⌉`.
pub(crate) fn places(along: &Dim, size: &Dim, stride: &Dim, padded: bool) -> Dim {
    match (along, size, stride) {
        (Dim::Literal(along), Dim::Literal(size), Dim::Literal(stride)) => {
            Dim::Literal(if padded { along.div_ceil(*stride) } else { along.saturating_sub(*size) / stride + 1 })
        }
        (_, _, Dim::Literal(1)) if padded || *size == Dim::Literal(1) => along.clone(),
        _ if !padded && along == size => Dim::Literal(1),
        _ => Dim::Places { along: Box::new(along.clone()), size: Box::new(size.clone()), stride: Box::new(stride.clone()), padded },
    }
}

fn combine(dims: &[Dim], neutral: usize, fold: fn(usize, usize) -> usize, inner: fn(&Dim) -> Option<&Vec<Dim>>, make: fn(Vec<Dim>) -> Dim) -> Dim {
    let mut literal = neutral;
    let mut others: Vec<(String, Dim)> = Vec::new();
    for dim in dims.iter().flat_map(|dim| inner(dim).map_or(std::slice::from_ref(dim), Vec::as_slice)) {
        match dim {
            Dim::Literal(value) => literal = fold(literal, *value),
            other => others.push((self::text(other), other.clone())),
        }
    }
    others.sort_by(|(left, _), (right, _)| left.cmp(right));
    let mut terms: Vec<Dim> = others.into_iter().map(|(_, dim)| dim).collect();
    if literal != neutral || terms.is_empty() {
        terms.push(Dim::Literal(literal));
    }
    match <[Dim; 1]>::try_from(terms) {
        Ok([only]) => only,
        Err(terms) => make(terms),
    }
}

/// As a message shows it.
pub(crate) fn text(dim: &Dim) -> String {
    match dim {
        Dim::Literal(value) => value.to_string(),
        Dim::Constant(constant) => {
            let text = text::tokens(&constant.written.0);
            if let Some(path) = of_category(dim) {
                return format!("`{path}::COUNT`");
            }
            if text.contains(' ') { format!("({text})") } else { text }
        }
        Dim::Generic(name) => name.to_string(),
        Dim::Sum(terms) => terms.iter().map(self::text).collect::<Vec<_>>().join(" + "),
        Dim::Product(factors) => factors.iter().map(self::text).collect::<Vec<_>>().join(" * "),
        Dim::Places { along, size, stride, padded } => match (self::text(along), &**size, &**stride) {
            (along, _, stride) if *padded => format!("⌈{along} / {}⌉", self::text(stride)),
            (along, Dim::Literal(size), Dim::Literal(1)) => format!("({along} - {})", size - 1),
            // Windows side by side.
            (along, size, stride) if size == stride => format!("({along} / {})", self::text(stride)),
            (along, size, Dim::Literal(1)) => format!("({along} - {} + 1)", self::text(size)),
            (along, size, stride) => format!("(({along} - {}) / {} + 1)", self::text(size), self::text(stride)),
        },
        Dim::OutputOf(path) => format!("{}::OUTPUT", text::tokens(&path.0)),
    }
}

/// The type of categories whose number this is.
pub(crate) fn of_category(dim: &Dim) -> Option<String> {
    let Dim::Constant(constant) = dim else { return None };
    let text = text::tokens(&constant.written.0);
    let category = text.strip_prefix('<').filter(|text| text.ends_with("::__private::Category>::COUNT"))?;
    category.split_once(" as ").map(|(path, _)| path.to_owned())
}

/// `[28, 28, 1]`
pub(crate) fn shape_text(dims: &[Dim]) -> String {
    format!("[{}]", dims.iter().map(text).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constant(name: &str) -> Dim {
        let tokens = Tokens(name.parse().unwrap());
        Dim::Constant(Box::new(Constant { written: tokens.clone(), path: tokens }))
    }

    #[test]
    fn folds_literals_and_orders_terms() {
        assert_eq!(text(&sum(&[Dim::Literal(3), constant("B"), Dim::Literal(4), constant("A")])), "A + B + 7");
        assert!(sum(&[constant("A"), constant("B")]) == sum(&[constant("B"), constant("A")]));
        assert!(product(&[Dim::Literal(1), constant("A")]) == constant("A"));
        assert!(product(&[Dim::Literal(4), Dim::Literal(5)]) == Dim::Literal(20));
        assert!(product(&[]) == Dim::Literal(1));
        assert!(sum(&[sum(&[constant("A"), Dim::Literal(1)]), Dim::Literal(2)]) == sum(&[Dim::Literal(3), constant("A")]));
    }

    #[test]
    fn counts_places() {
        let side = constant("SIDE");
        assert_eq!(text(&places(&Dim::Literal(8), &Dim::Literal(3), &Dim::Literal(2), false)), "3");
        assert_eq!(text(&places(&Dim::Literal(8), &Dim::Literal(3), &Dim::Literal(3), true)), "3");
        assert_eq!(text(&places(&side, &Dim::Literal(3), &Dim::Literal(1), true)), "SIDE");
        assert_eq!(text(&places(&side, &Dim::Literal(3), &Dim::Literal(1), false)), "(SIDE - 2)");
        assert_eq!(text(&places(&side, &constant("K"), &Dim::Literal(2), false)), "((SIDE - K) / 2 + 1)");
        assert_eq!(text(&places(&side, &constant("K"), &Dim::Literal(2), true)), "⌈SIDE / 2⌉");
        assert_eq!(text(&places(&side, &Dim::Literal(2), &Dim::Literal(2), false)), "(SIDE / 2)");
        assert_eq!(text(&places(&side, &side, &Dim::Literal(2), false)), "1");
    }

    #[test]
    fn compares_what_can_be_compared() {
        let generic = Dim::Generic(proc_macro2::Ident::new("N", proc_macro2::Span::call_site()));
        assert_eq!(agreement(&Dim::Literal(3), &Dim::Literal(3)), Agreement::Same);
        assert_eq!(agreement(&Dim::Literal(3), &Dim::Literal(4)), Agreement::Different);
        assert_eq!(agreement(&constant("A"), &Dim::Literal(4)), Agreement::Unknown);
        assert_eq!(agreement(&constant("A"), &constant("A")), Agreement::Same);
        assert_eq!(agreement(&generic, &constant("A")), Agreement::Undecidable);
        assert_eq!(agreement(&generic, &generic.clone()), Agreement::Same);
    }
}
