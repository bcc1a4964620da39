//! `tie (A, B) { l2: 0.001 }`

use proc_macro2::{Delimiter, Ident, TokenTree};

use super::statement::skip_statement;
use super::{Cursor, Parser, shown};
use crate::ast::{Block, Tie};

const EXAMPLE: &str = "write `tie (left, right) { l2: 0.001 }`";

impl Parser<'_> {
    pub(super) fn tie(&mut self, cursor: &mut Cursor, keyword: Ident) {
        let Some(group) = cursor.take_group(Delimiter::Parenthesis) else {
            self.diagnostics.report(&keyword, "this `tie` names no blocks", EXAMPLE);
            skip_statement(cursor);
            return;
        };
        let mut names = Vec::new();
        let mut inner = Cursor::of_group(&group);
        let mut broken = false;
        while let Some(token) = inner.next() {
            match token {
                TokenTree::Ident(name) => names.push(name),
                token => {
                    self.diagnostics.report(&token, format!("expected the name of a block, found {}", shown(&token)), EXAMPLE);
                    broken = true;
                    break;
                }
            }
            if !inner.at_end() && !inner.take_punct(',') {
                self.diagnostics.report(inner.place(), "a `,` is missing between the names", EXAMPLE);
                broken = true;
                break;
            }
        }
        if names.len() != 2 && !broken {
            self.diagnostics.report(group.span(), format!("a `tie` is between two blocks, and here are {}", names.len()), EXAMPLE);
            broken = true;
        }
        let block = match cursor.take_group(Delimiter::Brace) {
            Some(group) => self.block(&group),
            None => {
                self.diagnostics.report(&keyword, "this `tie` does not say how strong it is", EXAMPLE);
                skip_statement(cursor);
                Block { broken: true, ..Block::default() }
            }
        };
        cursor.take_punct(';');
        if !broken && !block.broken {
            self.ties.push(Tie { keyword, names, block });
        }
    }
}
