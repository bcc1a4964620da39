//! The block of a head: `{ loss: mse, metrics: [mae] }`

use proc_macro2::{Delimiter, Group, TokenTree};

use super::{Cursor, Parser, shown};
use crate::ast::{Block, Entry, Term, TermKind};
use crate::diagnostic::Place;
use crate::vocabulary::HeadKey;

impl Parser<'_> {
    pub(crate) fn block(&mut self, group: &Group) -> Block {
        let before = self.diagnostics.count();
        let mut cursor = Cursor::of_group(group);
        let mut entries = Vec::new();
        while let Some(token) = cursor.next() {
            let TokenTree::Ident(key) = token else {
                self.diagnostics.report(
                    &token,
                    format!("expected a key such as `loss`, found {}", shown(&token)),
                    "write `loss: mse, metrics: [mae]`",
                );
                skip_entry(&mut cursor);
                continue;
            };
            if cursor.is_colon(0) {
                cursor.skip(1);
            } else if cursor.is_equals(0) {
                self.diagnostics.report(
                    cursor.place(),
                    format!("`{key}` is given with `=`"),
                    format!("write `{key}: ..`; `=` is for the arguments of a step"),
                );
                cursor.skip(1);
            } else if cursor.at_end() || cursor.is_punct(0, ',') {
                self.diagnostics.report(&key, format!("`{key}` has no value"), format!("write `{key}: ..`, or take it out"));
                cursor.take_punct(',');
                continue;
            } else {
                let found = cursor.peek(0).map_or_else(String::new, shown);
                self.diagnostics.report(&key, format!("expected `:` after `{key}`, found {found}"), format!("write `{key}: ..`"));
                if !matches!(cursor.peek(0), Some(TokenTree::Ident(_) | TokenTree::Literal(_) | TokenTree::Group(_))) {
                    skip_entry(&mut cursor);
                    continue;
                }
            }
            if cursor.at_end() || cursor.is_punct(0, ',') {
                let place = Place::from(&key).to(cursor.last_place());
                self.diagnostics.report(place, format!("`{key}` has no value"), format!("write `{key}: ..`, or take it out"));
                cursor.take_punct(',');
                continue;
            }
            let value = match cursor.group(0, Delimiter::Brace).cloned() {
                Some(group) if key == HeadKey::Classes.word() => {
                    cursor.skip(1);
                    let named = self.categories(&group, &key, "{ Poor, Good }").filter(|categories| categories.variants.len() > 1);
                    let kind = named.map_or(TermKind::Broken, TermKind::Categories);
                    Term { kind, place: group.span().into() }
                }
                Some(group) if key == HeadKey::ClassWeights.word() => {
                    cursor.skip(1);
                    let named = self.block(&group);
                    let kind = if named.broken { TermKind::Broken } else { TermKind::ByName(named.entries) };
                    Term { kind, place: group.span().into() }
                }
                _ if key == HeadKey::Metrics.word() => {
                    let value = self.term(&mut cursor, "a value");
                    self.metrics_without_brackets(&mut cursor, value)
                }
                _ => self.term(&mut cursor, "a value"),
            };
            entries.push(Entry { key, value });
            self.comma(&mut cursor, "entries");
        }
        Block { entries, broken: self.diagnostics.count() > before }
    }
}

impl Parser<'_> {
    /// `metrics: mae, r2`
    fn metrics_without_brackets(&mut self, cursor: &mut Cursor, first: Term) -> Term {
        let place = first.place;
        let mut names = vec![first];
        while matches!(names[0].kind, TermKind::Name(..))
            && cursor.is_punct(0, ',')
            && cursor.ident(1).is_some()
            && !cursor.is_colon(2)
            && !cursor.is_equals(2)
        {
            cursor.skip(1);
            names.push(self.term(cursor, "a metric"));
        }
        if names.len() == 1 {
            return names.remove(0);
        }
        self.diagnostics.report(place, "metrics stand in brackets", format!("write `metrics: [{}]`", crate::text::terms(&names)));
        Term { kind: TermKind::Broken, place }
    }
}

fn skip_entry(cursor: &mut Cursor) {
    while !cursor.at_end() && !cursor.take_punct(',') {
        cursor.skip(1);
    }
}
