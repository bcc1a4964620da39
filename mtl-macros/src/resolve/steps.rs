//! Steps: names to layers, activations and types of the user's own.

use proc_macro2::{Ident, TokenTree};

use super::Resolver;
use super::model::Step;
use crate::arguments::Scope;
use crate::ast;
use crate::ast::{Arguments, PathTerm, Term, TermKind};
use crate::case;
use crate::custom::Custom;
use crate::diagnostic::Place;
use crate::foreign;
use crate::function::Function;
use crate::size::Tokens;
use crate::step::own::Own;
use crate::step::weighted::Ending;
use crate::step::{self, Given, Kind};
use crate::suggest;
use crate::text;
use crate::vocabulary::{self, Statement as Keyword};

impl Resolver<'_, '_> {
    pub(super) fn steps(&mut self, terms: &[Term]) -> Vec<Step> {
        let mut steps: Vec<Step> = terms.iter().map(|term| self.step(term)).collect();
        // `Dense(64) -> relu` is `Dense(64, relu)`, its initial weights included.
        for index in 1..steps.len() {
            let (before, after) = steps.split_at_mut(index);
            if let (Some(weighted), Some(Kind::One(operation))) =
                (before.last_mut().and_then(|step| step.kind.weighted_mut()), after.first().map(|step| &step.kind))
                && let Some(function) = operation.function()
                && matches!(weighted.given, Ending::None)
            {
                weighted.given_initializer = weighted.given_initializer.or(Some(function.default_initializer()));
            }
        }
        steps
    }

    fn ordinal(&mut self, kind: &str) -> String {
        let kind = case::snake(kind.trim_start_matches("r#"));
        let count = self.ordinals.entry(kind.clone()).or_default();
        *count += 1;
        format!("{kind}{count}")
    }

    pub(super) fn broken_step(&mut self, place: Place) -> Step {
        self.steps += 1;
        Step { id: self.steps - 1, kind: Kind::Broken, written: "..".into(), field: String::new(), place, text: "..".into() }
    }

    fn step(&mut self, term: &Term) -> Step {
        let text = text::term(term);
        let (kind, written, called, place) = match &term.kind {
            TermKind::Name(name, arguments) => {
                let (kind, called) = self.named_step(name, arguments.as_ref());
                (kind, name.to_string(), called, Place::from(name))
            }
            TermKind::Path(path) => {
                let kind = self.own_step(path, term.place);
                (kind, text::tokens(&path.path), path.last.to_string(), term.place)
            }
            TermKind::Module(module) => {
                foreign::report(self.reader.diagnostics, module, foreign::STEPS);
                return self.broken_step(term.place);
            }
            TermKind::Broken => {
                self.reader.uncertain = true;
                return self.broken_step(term.place);
            }
            TermKind::Number(_)
            | TermKind::Boolean(_)
            | TermKind::Text(_)
            | TermKind::Expression(_)
            | TermKind::List(_)
            | TermKind::Tuple(_)
            | TermKind::Categories(_)
            | TermKind::ByName(_) => {
                let help = match &term.kind {
                    TermKind::Number(_) => format!("write `Dense({text})`, or take it out"),
                    TermKind::List(_) => format!("write `Reshape({text})`, or take it out"),
                    _ => "write a layer, `Dense(64)`, or an activation, `relu`".into(),
                };
                self.reader.diagnostics.report(term.place, format!("expected a step, and `{text}` is none"), help);
                return self.broken_step(term.place);
            }
        };
        if let Kind::Broken = kind {
            return self.broken_step(place);
        }
        let field = self.ordinal(&called);
        // The ordinal of an activation within a layer comes after that of the layer, as in the source.
        let mut kind = kind;
        if let Some(Ending::Some { function, field, .. }) = kind.weighted_mut().map(|weighted| &mut weighted.given) {
            let name = function.name().to_owned();
            *field = self.ordinal(&name);
        }
        self.steps += 1;
        Step { id: self.steps - 1, kind, written, field, place, text }
    }

    /// A step by name, and what it is called in the summary.
    fn named_step(&mut self, name: &Ident, arguments: Option<&Arguments>) -> (Kind, String) {
        let word = name.to_string();
        if let Some(&(index, what)) = self.reader.scope.statements.get(&word)
            && what == Keyword::Layer
        {
            return (self.layer_step(name, index, arguments), word);
        }
        if let Some(layer) = step::find(&word) {
            return (Given::bind(&mut self.reader, layer, name, arguments), layer.field.into());
        }
        if let Some(activation) = vocabulary::find_activation(&word) {
            if let Some(argument) = arguments.and_then(|arguments| arguments.items.first()) {
                self.reader.diagnostics.report(
                    argument.value.place,
                    format!("the activation `{name}` takes no arguments"),
                    format!("write `{name}`"),
                );
            }
            return (step::activation::operation(&Function::Named(activation)).into(), activation.name.into());
        }
        if let Some(&(index, what)) = self.reader.scope.statements.get(&word) {
            self.uses.push(index);
            // `let tower = Dense(8);`, which was reported.
            if let ast::Body::Let(ast::Flow { source: ast::Source::Broken, .. }) = &self.syntax.statements[index].body {
                return (Kind::Broken, word);
            }
            let help = format!("values begin a flow: `{name} -> ..`; to apply the same steps in several flows, declare `layer {name} = ..`");
            self.reader.diagnostics.report(name, format!("`{name}` is {}, not a step", what.what()), help);
            return (Kind::Broken, word);
        }
        match foreign::find(foreign::STEPS, &word) {
            Some(foreign) => self.reader.diagnostics.report(name, format!("`{name}` {}", foreign.means), foreign.help(arguments)),
            None => self.unknown_step(name, &word),
        }
        (Kind::Broken, word)
    }

    fn unknown_step(&mut self, name: &Ident, word: &str) {
        let scope: &Scope = self.reader.scope;
        let own = scope.statements.iter().filter(|(_, (_, what))| *what == Keyword::Layer).map(|(name, _)| name.as_str());
        let candidates = own.chain(step::names()).chain(vocabulary::activation_names());
        let near = suggest::nearest(word, candidates).map(str::to_owned);
        if let Some(&(index, _)) = near.as_ref().and_then(|near| self.reader.scope.statements.get(near)) {
            self.uses.push(index);
        } else if near.is_none() {
            self.reader.uncertain = true;
        }
        if !self.reported.insert(format!("{word} as a step")) {
            return;
        }
        let begins_upper = word.starts_with(char::is_uppercase);
        let what = if begins_upper { "layer" } else { "step" };
        let help = match near {
            Some(near) if step::find(&near).is_some() => format!("a layer with a similar name exists: `{near}`"),
            Some(near) if vocabulary::find_activation(&near).is_some() => format!("an activation with a similar name exists: `{near}`"),
            Some(near) => format!("a `layer` with a similar name exists: `{near}`"),
            None if begins_upper => {
                // Not all of them by name: a line that nobody reads to its end.
                format!("the README has a table of all layers; a type of your own is written with its path: `crate::{word}<16>`")
            }
            None => {
                let all = suggest::list(vocabulary::ACTIVATIONS.iter().map(|activation| activation.name));
                format!("the activations are {all}")
            }
        };
        self.reader.diagnostics.report(name, format!("unknown {what} `{word}`"), help);
    }

    fn layer_step(&mut self, name: &Ident, index: usize, arguments: Option<&Arguments>) -> Kind {
        self.uses.push(index);
        self.mentions.push((name.clone(), index));
        if let Some(arguments) = arguments {
            let place = arguments.items.first().map_or_else(|| Place::from(name), |argument| argument.value.place);
            self.reader.diagnostics.report(
                place,
                format!("the layer `{name}` takes no arguments: they stand where it is declared"),
                format!("write `{name}`"),
            );
        }
        if index >= self.current {
            self.used_before(name, index);
            return Kind::Broken;
        }
        Kind::Layer(index)
    }

    /// A step that is a type of the user's: without generics and parentheses an activation, else a layer.
    fn own_step(&mut self, path: &PathTerm, place: Place) -> Kind {
        if let Some(layer) = step::find(&path.last.to_string())
            && path.path.clone().into_iter().count() > 1
            && matches!(path.path.clone().into_iter().next(), Some(TokenTree::Ident(first)) if first == path.last)
        {
            let example = layer.arguments.first().map_or_else(String::new, |parameter| format!("({})", parameter.all));
            self.reader.diagnostics.report(
                place,
                format!("`{}` takes no generics: its arguments stand in parentheses", layer.name),
                format!("write `{}{example}`", layer.name),
            );
            return Kind::Broken;
        }
        if !path.has_generics && path.arguments.is_none() {
            return self.reader.own_activation(path).map_or(Kind::Broken, |function| step::activation::operation(&function).into());
        }
        if !self.reader.no_generic_in(&path.path) {
            return Kind::Broken;
        }
        let arguments = path.arguments.clone().unwrap_or_default();
        Own(Custom { path: Tokens(path.path.clone()), arguments: Tokens(arguments), name: path.last.to_string() }).into()
    }
}
