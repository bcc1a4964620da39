//! `part Reader = [digit];`

use proc_macro2::{Delimiter, Ident, TokenTree};

use super::statement::skip_statement;
use super::{Cursor, Parser, shown};
use crate::ast::Part;
use crate::vocabulary::Statement;

const EXAMPLE: &str = "write `part Reader = [digit];`";

impl Parser<'_> {
    pub(super) fn part(&mut self, cursor: &mut Cursor, keyword: &Ident) {
        let Some(name) = cursor.ident(0).cloned() else {
            self.diagnostics.report(keyword, "this `part` has no name", EXAMPLE);
            skip_statement(cursor);
            return;
        };
        cursor.skip(1);
        let heads = self.heads_of_part(cursor, &name);
        self.parts.push(Part { name, heads });
    }

    /// `= [digit];`
    fn heads_of_part(&mut self, cursor: &mut Cursor, name: &Ident) -> Option<Vec<Ident>> {
        let other = [0, 1].into_iter().find_map(|ahead| {
            let delimiters = [Delimiter::Parenthesis, Delimiter::Brace];
            delimiters.into_iter().find_map(|delimiter| cursor.group(ahead, delimiter)).filter(|_| ahead == 0 || !cursor.at_end())
        });
        if let Some(group) = other.cloned() {
            let help = format!("write `part {name} = [{}];`", crate::text::inside(&group));
            self.diagnostics.report(group.span(), format!("the heads of `{name}` stand in brackets behind `=`"), help);
            cursor.take_punct('=');
            cursor.skip(1);
            cursor.take_punct(';');
            return None;
        }
        if !cursor.is_equals(0) {
            self.diagnostics.report(name, format!("expected `=` and heads after `{name}`"), EXAMPLE);
            skip_statement(cursor);
            return None;
        }
        cursor.skip(1);
        let Some(group) = cursor.take_group(Delimiter::Bracket) else {
            self.diagnostics.report(name, format!("the heads of `{name}` stand in brackets"), EXAMPLE);
            skip_statement(cursor);
            return None;
        };
        self.semicolon(cursor, Statement::Part);
        let mut heads = Vec::new();
        let mut inner = Cursor::of_group(&group);
        while let Some(token) = inner.next() {
            match token {
                TokenTree::Ident(head) => heads.push(head),
                token => {
                    self.diagnostics.report(&token, format!("expected the name of a head, found {}", shown(&token)), EXAMPLE);
                    return None;
                }
            }
            self.comma(&mut inner, "heads");
        }
        if heads.is_empty() {
            self.diagnostics.report(group.span(), format!("`{name}` has no heads"), EXAMPLE);
            return None;
        }
        Some(heads)
    }
}
