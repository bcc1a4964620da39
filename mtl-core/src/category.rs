//! Categories: types with one value for each of a fixed list of names, and the search for a text among them.

use core::fmt;

/// A type of categories: one of a fixed list of names.
///
/// `input region: one_of { .. }` writes such a type, and `#[derive(mtl::Category)]` makes one of an enum. The number of a category is its
/// place in the list, which is what embeddings and weight files go by.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no categories",
    note = "derive them for an enum: `#[derive(Clone, Copy, Debug, PartialEq, Eq, mtl::Category)]`"
)]
pub trait Category: Copy + Eq + fmt::Debug + 'static {
    /// The text of each category, in the order of their numbers: what a table holds.
    const TEXTS: &'static [&'static str];
    /// What reports and pictures call each: its text, or its name where that is a number.
    const LABELS: &'static [&'static str] = Self::TEXTS;
    /// The number of the category for what is not in the list.
    const UNKNOWN: Option<usize>;
    /// How many categories there are.
    const COUNT: usize = Self::TEXTS.len();

    /// Its number, below [`COUNT`](Self::COUNT).
    fn index(self) -> usize;

    /// The category of a number; `None` where there is none.
    fn from_index(index: usize) -> Option<Self>;

    /// Its text.
    fn text(self) -> &'static str {
        Self::TEXTS.get(self.index()).copied().unwrap_or_default()
    }

    /// The category that a text names, as [`find`] finds it.
    ///
    /// # Errors
    ///
    /// [`UnknownCategory`], where none has the text and none is for all others.
    fn from_text(text: &str) -> Result<Self, UnknownCategory> {
        find(Self::TEXTS, Self::UNKNOWN, text).and_then(Self::from_index).ok_or_else(|| UnknownCategory::new(Self::TEXTS, text))
    }

    /// All of them, in the order of their numbers.
    fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).filter_map(Self::from_index)
    }
}

/// The number of the category that a text names: the one with exactly this text, else the only one that is [`alike`], else `unknown`.
///
/// ```
/// use mtl_core::category::find;
///
/// let jobs = ["blue-collar", "white-collar", "other"];
/// assert_eq!(find(&jobs, None, "WhiteCollar"), Some(1));
/// assert_eq!(find(&jobs, Some(2), "retired"), Some(2));
/// assert_eq!(find(&jobs, None, "retired"), None);
/// ```
#[must_use]
pub fn find(texts: &[&str], unknown: Option<usize>, text: &str) -> Option<usize> {
    let trimmed = text.trim();
    if let Some(exact) = texts.iter().position(|category| *category == text).or_else(|| texts.iter().position(|category| *category == trimmed)) {
        return Some(exact);
    }
    let mut near = texts.iter().enumerate().filter(|(_, category)| alike(category, text)).map(|(index, _)| index);
    match (near.next(), near.next()) {
        (Some(only), None) => Some(only),
        // Two that are alike leave it open which is meant.
        _ => unknown,
    }
}

/// Whether two texts are one category: the case of ASCII letters counts for nothing, nor do blanks around, nor blanks, `-` and `_` between letters.
/// Beside a digit or a sign they count: `-1` is not `1`, and `1-2` is not `12`.
#[must_use]
pub fn alike(left: &str, right: &str) -> bool {
    letters(left).eq(letters(right))
}

/// What counts in a text.
fn letters(text: &str) -> impl Iterator<Item = char> + '_ {
    let is_separator = |letter: char| letter.is_whitespace() || matches!(letter, '-' | '_');
    let (mut rest, mut after_letter) = (text.trim(), false);
    core::iter::from_fn(move || {
        let behind = rest.trim_start_matches(is_separator);
        if after_letter && behind.starts_with(char::is_alphabetic) {
            rest = behind;
        }
        let next = rest.chars().next()?;
        rest = rest.get(next.len_utf8()..)?;
        after_letter = next.is_alphabetic();
        Some(next.to_ascii_lowercase())
    })
}

/// Writes a category as its text, for `Serialize`.
///
/// # Errors
///
/// Those of the serializer.
#[cfg(feature = "std")]
#[doc(hidden)]
pub fn serialize<C: Category, S: serde::Serializer>(category: C, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(category.text())
}

/// Reads a category by its text, for `Deserialize`.
///
/// # Errors
///
/// Those of the deserializer, and one that names the text where it is no category.
#[cfg(feature = "std")]
#[doc(hidden)]
pub fn deserialize<'de, C: Category, D: serde::Deserializer<'de>>(deserializer: D) -> Result<C, D::Error> {
    struct Text<C>(core::marker::PhantomData<C>);

    impl<C: Category> serde::de::Visitor<'_> for Text<C> {
        type Value = C;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the text of a category")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<C, E> {
            C::from_text(text).map_err(|error| E::custom(format_args!("`{text}`: {error}")))
        }
    }

    deserializer.deserialize_str(Text(core::marker::PhantomData))
}

/// How many of the nearest categories an error names.
const NEAREST: usize = 3;
/// A list of at most so many categories is shown whole.
const WHOLE: usize = 8;

/// A text that names no category. It shows the categories, or the nearest where there are many; the text itself is added by who has it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UnknownCategory {
    texts: &'static [&'static str],
    /// The numbers of the nearest ones, nearest first; short, as an error travels with every result. [`u16::MAX`] is none.
    nearest: [u16; NEAREST],
}

impl UnknownCategory {
    /// The error for a text that is none of `texts`.
    #[must_use]
    pub fn new(texts: &'static [&'static str], text: &str) -> Self {
        let mut nearest = [u16::MAX; NEAREST];
        let mut distances = [usize::MAX; NEAREST];
        for (index, category) in (0..u16::MAX).zip(texts) {
            let mut next = (distance(category, text), index);
            for (place, at) in distances.iter_mut().zip(&mut nearest) {
                if next.0 < *place {
                    (next.0, *place) = (*place, next.0);
                    core::mem::swap(&mut next.1, at);
                }
            }
        }
        Self { texts, nearest }
    }

    /// The texts of all categories.
    #[must_use]
    pub const fn texts(&self) -> &'static [&'static str] {
        self.texts
    }

    /// The texts of the nearest categories, nearest first.
    pub fn nearest(&self) -> impl Iterator<Item = &'static str> {
        let texts = self.texts;
        self.nearest.into_iter().filter_map(move |index| texts.get(usize::from(index)).copied())
    }
}

impl fmt::Display for UnknownCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.texts.len() <= WHOLE {
            f.write_str("it is not one of ")?;
            return list(f, self.texts.iter().copied(), self.texts.len());
        }
        write!(f, "it is none of the {} categories; the nearest are ", self.texts.len())?;
        list(f, self.nearest(), self.nearest().count())
    }
}

impl core::error::Error for UnknownCategory {}

/// `` `a`, `b` and `c` ``.
fn list(f: &mut fmt::Formatter<'_>, texts: impl Iterator<Item = &'static str>, count: usize) -> fmt::Result {
    for (number, text) in texts.enumerate() {
        let before = if number == 0 {
            ""
        } else if number + 1 == count {
            " and "
        } else {
            ", "
        };
        write!(f, "{before}`{text}`")?;
    }
    Ok(())
}

/// The text that is so near to another that it may be meant.
#[cfg(feature = "std")]
pub(crate) fn nearest_text<'a>(texts: impl Iterator<Item = &'a str>, text: &str) -> Option<&'a str> {
    // Of two that are as near, the one that begins like it: `wages` for `wage`, and not `age`.
    let alike = |other: &str| letters(other).zip(letters(text)).take_while(|(a, b)| a == b).count();
    let near = texts.map(|other| (distance(other, text), other)).min_by_key(|(distance, other)| (*distance, core::cmp::Reverse(alike(other))));
    near.filter(|(distance, _)| *distance <= text.len().div_ceil(2)).map(|(_, other)| other)
}

/// How much of a text a distance looks at.
const COMPARED: usize = 48;

/// How many letters must be changed, put in or taken out to make one text of the other.
fn distance(left: &str, right: &str) -> usize {
    let mut row = [0; COMPARED + 1];
    for (place, value) in row.iter_mut().enumerate() {
        *value = place;
    }
    let mut width = 0;
    for (number, a) in letters(left).take(COMPARED).enumerate() {
        let mut diagonal = row[0];
        row[0] = number + 1;
        for (place, b) in letters(right).take(COMPARED).enumerate() {
            let substituted = diagonal + usize::from(a != b);
            diagonal = row[place + 1];
            row[place + 1] = substituted.min(diagonal + 1).min(row[place] + 1);
        }
    }
    for _ in letters(right).take(COMPARED) {
        width += 1;
    }
    row[width]
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn a_text_is_found_exactly_then_if_one_is_alike() {
        let texts = ["Never-married", "Divorced", "divorced", "", "?"];
        assert_eq!(find(&texts, None, "divorced"), Some(2));
        assert_eq!(find(&texts, None, "Divorced"), Some(1));
        // Two are alike: which is meant is open.
        assert_eq!(find(&texts, None, "DIVORCED"), None);
        assert_eq!(find(&texts, Some(4), "DIVORCED"), Some(4));
        assert_eq!(find(&texts, None, " never_MARRIED "), Some(0));
        assert_eq!(find(&texts, None, "NeverMarried"), Some(0));
        assert_eq!(find(&texts, None, "Never married"), Some(0));
        assert_eq!(find(&texts, None, "Nevermarrie"), None);
        // A sign is none of what lies between letters.
        assert_eq!(find(&["0", "1", "2", "unknown"], Some(3), "-1"), Some(3));
        assert_eq!(find(&["12", "20"], None, "1-2"), None);
        assert_eq!(find(&["-", "yes"], None, ""), None);
        assert_eq!(find(&["self - employed 2", "-"], None, "Self_Employed 2 "), Some(0));
        assert_eq!(find(&["self - employed 2", "-"], None, "Self_Employed2"), None);
    }

    #[test]
    fn an_error_names_all_of_a_few_and_the_nearest_of_many() {
        let few: &[&str] = &["Poor", "Average", "Excellent"];
        assert_eq!(UnknownCategory::new(few, "Good").to_string(), "it is not one of `Poor`, `Average` and `Excellent`");
        let many: &[&str] =
            &["Private", "Self-emp-not-inc", "Self-emp-inc", "Federal-gov", "Local-gov", "State-gov", "Without-pay", "Never-worked", "?"];
        let error = UnknownCategory::new(many, "Lokal gov");
        assert_eq!(error.nearest().next(), Some("Local-gov"));
        assert_eq!(error.to_string(), "it is none of the 9 categories; the nearest are `Local-gov`, `Federal-gov` and `State-gov`");
    }

    #[test]
    fn distances_count_edits_and_long_texts_do_no_harm() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("white-collar", "WhiteCollar"), 0);
        let long = "x".repeat(1000);
        assert_eq!(distance(&long, &long), 0);
        assert_eq!(distance("", &long), COMPARED);
    }
}
