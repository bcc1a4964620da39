//! Inputs of a table: `{ age, school }`, `one_of { Midwest, West }`, `one_of(Sex)`.

use proc_macro2::{Delimiter, Group, Ident, TokenTree};

use super::{Cursor, Parser, is_name, shown};
use crate::ast::{Categories, Column, Input, Variant};
use crate::case;
use crate::diagnostic::Place;
use crate::text;

/// The word for what is none of the categories.
pub(super) const UNKNOWN: &str = "unknown";

impl Parser<'_> {
    /// The columns between the braces of `input NAME: { .. }`.
    pub(super) fn columns(&mut self, group: &Group, input: &Ident) -> Input {
        let before = self.diagnostics.count();
        let mut cursor = Cursor::of_group(group);
        let mut columns: Vec<Column> = Vec::new();
        while !cursor.at_end() {
            let attributes = self.statement_attributes(&mut cursor);
            let Some(name) = cursor.ident(0).cloned() else {
                let (place, found) = (cursor.place(), cursor.peek(0).map_or_else(|| "nothing".to_owned(), shown));
                let help = format!("write the names of its columns, `input {input}: {{ age, income }};`, or its size in brackets");
                self.diagnostics.report(place, format!("expected the name of a column, found {found}"), help);
                return Input::Broken;
            };
            cursor.skip(1);
            let optional = cursor.take_punct('?');
            // `{ WIDTH * 2 }` is a size.
            if columns.is_empty() && matches!(cursor.peek(0), Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), '+' | '-' | '*' | '/' | ':'))
            {
                let size = text::tokens(&group.stream());
                let fault = format!("the shape of `{input}` stands in brackets: braces hold the names of columns");
                self.diagnostics.report(group.span(), fault, format!("write `input {input}: [{{ {size} }}];`"));
                return Input::Broken;
            }
            let column = Column { attributes: attributes.kept, title: attributes.title, name, optional };
            // What is wrong is left out, so that the stand-in has the others.
            if self.column_is_new(&column, &columns) {
                columns.push(column);
            }
            self.comma(&mut cursor, "columns");
        }
        if columns.is_empty() {
            if self.diagnostics.count() == before {
                let help = format!("write their names: `input {input}: {{ age, income }};`");
                self.diagnostics.report(group.span(), format!("the input `{input}` has no columns"), help);
            }
            return Input::Broken;
        }
        Input::Columns(columns)
    }

    /// A column is a field, once, and has a title of its own.
    fn column_is_new(&mut self, column: &Column, columns: &[Column]) -> bool {
        let before = self.diagnostics.count();
        let name = &column.name;
        if name == "_" || !is_name(name) || name.to_string().chars().all(|letter| letter == '_') {
            self.diagnostics.report(
                name,
                format!("`{name}` cannot be the name of a column"),
                format!("choose another name, and say what tables call it: `#[column = \"{name}\"] other_name`"),
            );
        } else if columns.iter().any(|column| column.name == *name) {
            self.diagnostics.report(name, format!("the column `{name}` stands here twice"), "take one of them out, or choose another name");
        } else if let Some(other) = columns.iter().find(|other| other.title() == column.title()) {
            let place = column.title.as_ref().map_or_else(|| Place::from(name), |title| title.place);
            let fault = format!("`{}` and `{name}` are read from one column, `{}`", other.name, column.title());
            self.diagnostics.report(place, fault, "give one of them another title");
        }
        self.diagnostics.count() == before
    }

    /// What follows the word `one_of`, which is taken.
    pub(super) fn one_of(&mut self, cursor: &mut Cursor, word: &Ident, input: &Ident) -> Input {
        if let Some(group) = cursor.take_group(Delimiter::Brace) {
            return self.categories(&group, input, "one_of { North, South }").map_or(Input::Broken, Input::OneOf);
        }
        let Some(group) = cursor.take_group(Delimiter::Parenthesis) else {
            let fault = format!("`one_of` needs the categories of `{input}`");
            self.diagnostics.report(word, fault, "write them in braces, `one_of { North, South }`, or a type of your own, `one_of(Region)`");
            return Input::Broken;
        };
        match syn::parse2::<syn::Path>(group.stream()) {
            Ok(path) if path.segments.iter().all(|segment| segment.arguments.is_none()) => Input::Category(group.stream()),
            _ => {
                let fault = "`one_of(..)` takes the path of a type that derives `mtl::Category`";
                self.diagnostics.report(group.span(), fault, "write `one_of(crate::Region)`, or categories in braces: `one_of { North, South }`");
                Input::Broken
            }
        }
    }

    /// `{ Midwest, Northeast = "noreast", unknown }`; `of` is what has them, as in the example.
    pub(super) fn categories(&mut self, group: &Group, of: &Ident, example: &str) -> Option<Categories> {
        let before = self.diagnostics.count();
        let mut cursor = Cursor::of_group(group);
        let mut variants: Vec<Variant> = Vec::new();
        let mut unknown: Option<Ident> = None;
        while !cursor.at_end() {
            let attributes = self.attributes(&mut cursor);
            let Some(name) = cursor.ident(0).cloned() else {
                self.not_a_category(&mut cursor);
                continue;
            };
            cursor.skip(1);
            if let Some(unknown) = &unknown {
                self.diagnostics.report(unknown, "`unknown` stands for all that is none of the others, and is not the last", "put it last");
                return None;
            }
            if name == UNKNOWN && !cursor.is_equals(0) {
                variants.push(Variant {
                    attributes: attributes.into_iter().collect(),
                    name: Ident::new("Unknown", name.span()),
                    text: UNKNOWN.to_owned(),
                });
                unknown = Some(name);
            } else if let Some(text) = self.category_text(&mut cursor, &name) {
                variants.push(Variant { attributes: attributes.into_iter().collect(), name, text });
            }
            self.comma(&mut cursor, "categories");
        }
        let mut different: Vec<Variant> = Vec::new();
        for variant in variants {
            if self.category_differs(&variant, &different) {
                different.push(variant);
            }
        }
        let variants = different;
        if self.diagnostics.count() == before && variants.len() < 2 {
            let fault = format!("`{of}` has {}, and nothing to choose from", if variants.is_empty() { "no categories" } else { "one category" });
            self.diagnostics.report(group.span(), fault, format!("write two at least: `{example}`"));
        }
        (!variants.is_empty()).then_some(Categories { variants, has_unknown: unknown.is_some() })
    }

    /// What stands where a category should.
    fn not_a_category(&mut self, cursor: &mut Cursor) {
        let (place, found) = (cursor.place(), cursor.peek(0).map_or_else(|| "nothing".to_owned(), shown));
        let help = match cursor.peek(0) {
            Some(TokenTree::Literal(literal)) => format!("name it, and say what tables hold: `Name = {}`", quoted(&literal.to_string())),
            _ => "write `Name`, or `Name = \"what tables hold\"`".to_owned(),
        };
        self.diagnostics.report(place, format!("expected the name of a category, found {found}"), help);
        while !cursor.at_end() && !cursor.take_punct(',') {
            cursor.skip(1);
        }
    }

    /// The text of a category: what stands behind `=`, else its name.
    fn category_text(&mut self, cursor: &mut Cursor, name: &Ident) -> Option<String> {
        let plain = case::plain(name);
        if !is_name(name) || name == "_" {
            let help = format!("choose another name, and say what tables hold: `Other = \"{plain}\"`");
            self.diagnostics.report(name, format!("`{name}` cannot be the name of a category"), help);
            return None;
        } else if !plain.starts_with(char::is_uppercase) {
            let camel = case::camel(&plain);
            let fault = format!("`{name}` becomes a variant of an enum, whose names begin with a capital letter");
            self.diagnostics.report(name, fault, format!("write `{camel} = \"{plain}\"`"));
        }
        if !cursor.is_equals(0) {
            return Some(plain);
        }
        cursor.skip(1);
        let value = cursor.next();
        let text = match &value {
            Some(TokenTree::Literal(literal)) => match syn::Lit::new(literal.clone()) {
                syn::Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        };
        let place = value.as_ref().map_or_else(|| Place::from(name), Place::from);
        match text {
            Some(text) if text.trim().is_empty() => {
                let fault = format!("the text of `{name}` is empty, as a missing cell is");
                self.diagnostics.report(place, fault, "write what tables hold, or let `unknown` stand for missing cells");
                None
            }
            Some(text) => Some(text),
            None => {
                self.diagnostics.report(place, format!("the text of `{name}` is not a string"), format!("write `{name} = \"what tables hold\"`"));
                None
            }
        }
    }

    /// Neither the name nor the text of a category is that of an earlier one.
    fn category_differs(&mut self, variant: &Variant, others: &[Variant]) -> bool {
        let before = self.diagnostics.count();
        let name = &variant.name;
        if let Some(other) = others.iter().find(|other| other.name == *name) {
            let line = Place::from(&other.name).line();
            self.diagnostics.report(name, format!("the category `{name}` stands here twice; the first is in line {line}"), "take one of them out");
        } else if let Some(other) = others.iter().find(|other| alike(&other.text, &variant.text)) {
            let fault = format!("the texts of `{}` and `{name}` are alike: `{}` and `{}`", other.name, other.text, variant.text);
            let help = "give them texts that differ by more than the case of letters, blanks, `-` and `_`, or take one of them out";
            self.diagnostics.report(name, fault, help);
        }
        self.diagnostics.count() == before
    }
}

/// A literal as a string.
fn quoted(literal: &str) -> String {
    if literal.starts_with('"') { literal.to_owned() } else { format!("\"{literal}\"") }
}

/// Whether two texts are one category, as `mtl_core::category::alike` has it.
pub(crate) fn alike(left: &str, right: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::alike;

    /// This crate cannot call the runtime: what the macro takes for two categories must be two when a table is read.
    #[test]
    fn what_is_alike_here_is_alike_in_the_runtime() {
        let code = |source: &str, name: &str| {
            let start = source.find(&format!("fn {name}(")).expect("the function");
            let length = source[start..].find("\n}\n").expect("its end");
            source[start..start + length].to_owned()
        };
        let runtime = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../mtl-core/src/category.rs")).unwrap();
        for name in ["alike", "letters"] {
            assert_eq!(code(include_str!("table.rs"), name), code(&runtime, name));
        }
        for (left, right, same) in
            [("New-York", " new york", true), ("NewYork", "new_york", true), ("-1", "1", false), ("1-2", "12", false), ("-", "", false)]
        {
            assert_eq!(alike(left, right), same, "{left} {right}");
        }
    }
}
