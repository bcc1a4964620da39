//! Flows: the values that they begin with.

use proc_macro2::Ident;

use super::Resolver;
use super::model::{Flow, Source};
use crate::ast;
use crate::step;
use crate::suggest;
use crate::vocabulary::{self, Statement as Keyword};

impl Resolver<'_, '_> {
    pub(super) fn flow(&mut self, flow: &ast::Flow) -> Flow {
        let source = match &flow.source {
            ast::Source::Name(name) => self.source(name),
            ast::Source::Tuple(flows, place) => Source::Tuple(flows.iter().map(|inner| self.flow(inner)).collect(), *place),
            ast::Source::Broken => Source::Broken,
        };
        if matches!(flow.source, ast::Source::Broken) || flow.broken {
            self.reader.uncertain = true;
        }
        let steps = self.steps(&flow.steps);
        let broken = flow.broken || matches!(source, Source::Broken);
        Flow { source, steps, broken, place: flow.place }
    }

    /// The statement that a flow begins with.
    fn source(&mut self, name: &Ident) -> Source {
        let word = name.to_string();
        let Some(&(index, what)) = self.reader.scope.statements.get(&word) else {
            self.unknown_value(name, &word);
            return Source::Broken;
        };
        self.uses.push(index);
        self.mentions.push((name.clone(), index));
        if what == Keyword::Layer {
            self.reader.diagnostics.report(
                name,
                format!("`{name}` is a `layer`: steps to apply, not a value"),
                format!("apply it to a value: `record -> {name}`; or write `let {name} = record -> ..` where it is declared"),
            );
            return Source::Broken;
        }
        if what == Keyword::Head && index != self.current {
            self.reader.uncertain = true;
            let help = format!("name the value before it: `let features = ..`, and let both `{name}` and this flow begin with `features`");
            self.reader.diagnostics.report(name, format!("`{name}` is a head: nothing flows out of it"), help);
            return Source::Broken;
        }
        if index >= self.current {
            self.used_before(name, index);
            return Source::Broken;
        }
        let part = self.syntax.statements.get(index).and_then(|statement| statement.names.iter().position(|other| other == name)).unwrap_or(0);
        self.used_parts.insert((index, part));
        Source::Statement(index, part)
    }

    /// Whether a statement before this one has one name for several values, which is reported where their number is known.
    fn lacks_names(&self) -> bool {
        self.syntax.statements[..self.current].iter().any(|statement| {
            let ast::Body::Let(flow) = &statement.body else { return false };
            let last = flow.steps.last().and_then(|step| if let ast::TermKind::Name(name, _) = &step.kind { Some(name) } else { None });
            statement.names.len() == 1 && last.is_some_and(|name| name == "CrossStitch" || name == "Cgc")
        })
    }

    fn unknown_value(&mut self, name: &Ident, word: &str) {
        self.unknown_source = true;
        let values = || self.reader.scope.statements.iter().filter(|(_, (_, what))| !matches!(what, Keyword::Head | Keyword::Layer));
        // What may be used here comes before what is defined only later.
        let above = values().filter(|(_, (index, _))| *index < self.current).map(|(name, _)| name.as_str());
        let near = suggest::nearest(word, above).or_else(|| suggest::nearest(word, values().map(|(name, _)| name.as_str())));
        let near = near.map(|near| (near.to_owned(), self.reader.scope.statements.get(near).map_or(0, |(index, _)| *index)));
        match &near {
            // What was meant is used, if not by its name.
            Some((near, index)) => {
                self.uses.push(*index);
                let part = self.syntax.statements.get(*index).and_then(|statement| statement.names.iter().position(|name| name == near));
                self.used_parts.insert((*index, part.unwrap_or(0)));
            }
            None => self.reader.uncertain = true,
        }
        if !self.reported.insert(word.to_owned()) || (self.silent || self.lacks_names()) && near.is_none() {
            return;
        }
        let fault = format!("`{word}` is not defined");
        let help = match near {
            Some((near, index)) => {
                let what = self.syntax.statements.get(index).map_or("a value", |statement| statement.body.word().what());
                format!("{what} with a similar name exists: `{near}`")
            }
            None if step::find(word).is_some() || vocabulary::find_activation(word).is_some() => {
                format!("`{word}` is a step; begin with a value: `record -> {word}`")
            }
            None => format!("declare it above: `input {word}: [16];` or `let {word} = ..`"),
        };
        self.reader.diagnostics.report(name, fault, help);
    }
}
