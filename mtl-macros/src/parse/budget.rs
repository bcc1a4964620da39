//! `budget { parameters: 10_000, weights: 32 KiB }`

use proc_macro2::{Delimiter, Ident, TokenTree};

use super::statement::skip_statement;
use super::{Cursor, Parser, shown};
use crate::ast::{Budget, BudgetEntry};

const EXAMPLE: &str = "write `budget { parameters: 10_000, weights: 32 KiB }`";

impl Parser<'_> {
    pub(super) fn budget(&mut self, cursor: &mut Cursor, keyword: Ident) {
        let Some(group) = cursor.take_group(Delimiter::Brace) else {
            self.diagnostics.report(&keyword, "this `budget` has no bounds", EXAMPLE);
            skip_statement(cursor);
            return;
        };
        cursor.take_punct(';');
        let mut inner = Cursor::of_group(&group);
        if inner.at_end() {
            self.diagnostics.report(group.span(), "this `budget` is empty", EXAMPLE);
            return;
        }
        let mut entries = Vec::new();
        while let Some(token) = inner.next() {
            let TokenTree::Ident(key) = token else {
                self.diagnostics.report(&token, format!("expected a bound such as `weights`, found {}", shown(&token)), EXAMPLE);
                return;
            };
            if !inner.is_colon(0) {
                self.diagnostics.report(&key, format!("expected `:` after `{key}`"), format!("write `{key}: ..`"));
                return;
            }
            inner.skip(1);
            if inner.at_end() || inner.is_punct(0, ',') {
                self.diagnostics.report(&key, format!("`{key}` has no value"), format!("write `{key}: ..`, or take it out"));
                inner.take_punct(',');
                continue;
            }
            let value = self.term(&mut inner, "a number");
            let unit = inner.ident(0).cloned();
            if unit.is_some() {
                inner.skip(1);
            }
            self.comma(&mut inner, "bounds");
            entries.push(BudgetEntry { key, value, unit });
        }
        self.budgets.push(Budget { keyword, entries });
    }
}
