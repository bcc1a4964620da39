//! Values that are used before they are defined, or made from themselves.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;

use super::Resolver;
use crate::arguments::Scope;
use crate::ast::{self, Body, Term, TermKind};
use crate::diagnostic::Place;
use crate::vocabulary::Statement as Keyword;

/// The statements that a statement names, found without resolving anything: for cycles.
pub(super) fn edges(scope: &Scope, body: &Body) -> Vec<usize> {
    let mut found = Vec::new();
    match body {
        Body::Input(_) => {}
        Body::Let(flow) | Body::Shared(flow) | Body::Head { flow, .. } => edges_of_flow(scope, flow, &mut found),
        Body::Layer { steps, .. } => edges_of_steps(scope, steps, &mut found),
    }
    found
}

fn edges_of_flow(scope: &Scope, flow: &ast::Flow, found: &mut Vec<usize>) {
    match &flow.source {
        ast::Source::Name(name) => found.extend(scope.statements.get(&name.to_string()).map(|(index, _)| *index)),
        ast::Source::Tuple(flows, _) => flows.iter().for_each(|inner| edges_of_flow(scope, inner, found)),
        ast::Source::Broken => {}
    }
    edges_of_steps(scope, &flow.steps, found);
}

fn edges_of_steps(scope: &Scope, steps: &[Term], found: &mut Vec<usize>) {
    for step in steps {
        if let TermKind::Name(name, _) = &step.kind
            && let Some((index, _)) = scope.statements.get(&name.to_string()).filter(|(_, what)| *what == Keyword::Layer)
        {
            found.push(*index);
        }
    }
}

impl Resolver<'_, '_> {
    /// A value that is defined further down, or by way of itself.
    pub(super) fn used_before(&mut self, name: &Ident, index: usize) {
        let names = self.syntax.statements.get(index).map_or(&[][..], |statement| &statement.names);
        self.used_parts.extend(names.iter().position(|other| other == name).map(|part| (index, part)));
        // The names of a `let (a, b)` are used before one definition.
        if names.iter().filter(|name| self.reported.insert(format!("{name} before"))).count() < names.len() {
            return;
        }
        if let Some(path) = self.path(index, self.current) {
            self.reader.uncertain = true;
            let names = |index: usize| {
                self.syntax.statements.get(index).and_then(|statement| statement.names.first()).map_or_else(String::new, Ident::to_string)
            };
            let own = names(self.current);
            let loop_text: Vec<String> = std::iter::once(own.clone()).chain(path.into_iter().map(names)).collect();
            let fault = if index == self.current {
                format!("`{own}` is made from itself")
            } else {
                format!("`{own}` is made from itself: {}", loop_text.join(" <- "))
            };
            self.reader.diagnostics.report(name, fault, "begin the flow with an input or a value that is defined above");
            // The other statements of the loop are part of the same mistake.
            for text in loop_text {
                self.reported.insert(format!("{text} before"));
            }
            return;
        }
        let line = self.syntax.statements.get(index).and_then(|statement| statement.names.first()).map_or(0, |first| Place::from(first).line());
        self.reader.diagnostics.report(
            name,
            format!("`{name}` is used before it is defined"),
            format!("a model reads from top to bottom: move the definition of `{name}` from line {line} up to above this"),
        );
    }

    /// The statements from one to another along what they use.
    fn path(&self, from: usize, to: usize) -> Option<Vec<usize>> {
        let mut came_from: BTreeMap<usize, usize> = BTreeMap::new();
        let mut waiting = vec![from];
        let mut seen = BTreeSet::from([from]);
        while let Some(index) = waiting.pop() {
            if index == to {
                let mut path = vec![to];
                let mut at = to;
                while let Some(&previous) = came_from.get(&at).filter(|_| at != from) {
                    path.push(previous);
                    at = previous;
                }
                path.reverse();
                return Some(path);
            }
            for &next in self.edges.get(index).into_iter().flatten() {
                if seen.insert(next) {
                    came_from.insert(next, index);
                    waiting.push(next);
                }
            }
        }
        None
    }
}
