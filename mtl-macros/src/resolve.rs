//! Names to what they mean: sources to statements, steps to layers and activations, a head's entries to its loss and metrics.
//!
//! What is wrong is reported once; what follows from it is marked and stays silent.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream, TokenTree};

use crate::arguments::{Reader, Scope};
use crate::assertion::{Assertion, NumberAssertion};
use crate::ast::{self, Arguments, Body, PathTerm, Term, TermKind};
use crate::bounds;
use crate::case;
use crate::custom::Custom;
use crate::diagnostic::{Diagnostics, Place};
use crate::function::Function;
use crate::graph;
use crate::number::Number;
use crate::size::{Dim, Tokens};
use crate::step::own::Own;
use crate::step::weighted::Ending;
use crate::step::{self, Given, Kind};
use crate::suggest;
use crate::text;
use crate::vocabulary::{self, Statement as Keyword};

/// A model whose words have their meaning.
pub(crate) struct Model<'a> {
    pub(crate) syntax: &'a ast::Model,
    pub(crate) statements: Vec<Statement<'a>>,
    /// What const evaluation must check of single constants.
    pub(crate) assertions: Vec<Assertion>,
    pub(crate) numbers: Vec<NumberAssertion>,
    /// Something could not be read or found, so that what seems unused may be used.
    pub(crate) uncertain: bool,
    /// The source of a flow is not known.
    pub(crate) unknown_source: bool,
    /// The names of a `let (a, b)` that are used: the statement, and which of its names.
    pub(crate) used_parts: BTreeSet<(usize, usize)>,
    pub(crate) ties: Vec<Tie>,
    pub(crate) budget: Vec<graph::Bound>,
    pub(crate) parts: Vec<Part>,
}

/// A model of some of the heads.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) name: Ident,
    /// The heads, by their numbers.
    pub(crate) heads: Vec<usize>,
}

/// Two statements whose parameters are kept near each other.
pub(crate) struct Tie {
    pub(crate) left: usize,
    pub(crate) right: usize,
    pub(crate) l2: Number,
    /// The second name.
    pub(crate) place: Place,
}

pub(crate) struct Statement<'a> {
    pub(crate) syntax: &'a ast::Statement,
    /// Its first name, which of a `let (a, b)` stands for all of them in messages on the statement.
    pub(crate) name: &'a Ident,
    /// The field of the model that holds its parameters: its name, or of a `let (a, b)` the names joined by `_`.
    pub(crate) block: Ident,
    pub(crate) body: Resolved,
    /// The statements that it names, in the order of the source.
    pub(crate) uses: Vec<usize>,
    /// Another statement has the name already.
    pub(crate) duplicate: bool,
}

pub(crate) enum Resolved {
    Input(Option<InputShape>),
    /// `let` or `shared`.
    Value(Flow),
    Layer(Vec<Step>),
    Head(Flow, Box<HeadOptions>),
}

pub(crate) enum InputShape {
    Real(Vec<Dim>),
    Class(Dim),
}

pub(crate) struct Flow {
    pub(crate) source: Source,
    pub(crate) steps: Vec<Step>,
    /// Part of it could not be read.
    pub(crate) broken: bool,
    pub(crate) place: Place,
}

pub(crate) enum Source {
    /// A statement, and which of its values.
    Statement(usize, usize),
    Tuple(Vec<Flow>, Place),
    /// Already reported.
    Broken,
}

#[derive(Clone)]
pub(crate) struct Step {
    /// Its number in the model.
    pub(crate) id: usize,
    pub(crate) kind: Kind,
    /// The name as the user wrote it.
    pub(crate) written: String,
    /// Type and ordinal within the statement: `dense1`.
    pub(crate) field: String,
    /// Where its name stands.
    pub(crate) place: Place,
    /// The whole step as the user wrote it, for messages.
    pub(crate) text: String,
}

impl Step {
    /// It gives several values, or may: what a `layer` ends in is not known here.
    pub(crate) fn may_give_several(&self) -> bool {
        match self.kind {
            Kind::One(_) => false,
            Kind::Sharing(_) | Kind::Layer(_) | Kind::Broken => true,
        }
    }
}

pub(crate) struct HeadOptions {
    pub(crate) loss: LossChoice,
    pub(crate) weight: Option<(Number, Place)>,
    pub(crate) partial: bool,
    pub(crate) metrics: Vec<MetricChoice>,
    pub(crate) class_weights: Option<(Vec<Option<Number>>, Place)>,
    pub(crate) label_smoothing: Option<(Option<Number>, Place)>,
    /// The names of its classes.
    pub(crate) classes: Option<ClassNames>,
    /// `targets: standardized`, and where it stands.
    pub(crate) standardized: Option<Place>,
}

/// `classes: { Poor, Good }`, `classes: crate::Health`
pub(crate) struct ClassNames {
    pub(crate) kind: ClassNamesKind,
    /// How many there are.
    pub(crate) count: Dim,
    pub(crate) place: Place,
}

pub(crate) enum ClassNamesKind {
    Listed(ast::Categories),
    Type(TokenStream),
    /// Already reported; how many there are is not known.
    Broken,
}

pub(crate) enum LossChoice {
    /// There is none.
    Missing,
    Named {
        loss: &'static vocabulary::Loss,
        arguments: Vec<Number>,
        place: Place,
    },
    Custom {
        path: TokenStream,
        arguments: TokenStream,
        name: String,
    },
    /// Already reported.
    Broken,
}

pub(crate) struct MetricChoice {
    pub(crate) metric: &'static vocabulary::Metric,
    /// The argument of `top_k`.
    pub(crate) k: Option<Dim>,
    /// It is spelt as in another library.
    pub(crate) spelling: Option<(&'static str, vocabulary::With)>,
    pub(crate) place: Place,
}

/// Resolves every name of the model.
pub(crate) fn names<'a>(diagnostics: &mut Diagnostics, syntax: &'a ast::Model, facade: &TokenStream) -> Model<'a> {
    let mut statements: BTreeMap<String, (usize, Keyword)> = BTreeMap::new();
    let mut duplicates = Vec::with_capacity(syntax.statements.len());
    let mut has_duplicates = false;
    for (index, statement) in syntax.statements.iter().enumerate() {
        let mut duplicate = false;
        for name in statement.names.iter().filter(|name| **name != "__unnamed") {
            if let Some(&(first, what)) = statements.get(&name.to_string()) {
                // Of a `let (a, b)` that stands twice the first name tells all.
                if std::mem::replace(&mut duplicate, true) {
                    continue;
                }
                let line = syntax.statements.get(first).map_or(0, |first: &ast::Statement| Place::from(&first.names[0]).line());
                let help = format!("choose another name, or take one of the two out; {} in line {line} has this name", what.what());
                diagnostics.report(name, format!("the name `{name}` is given twice"), help);
            } else {
                statements.insert(name.to_string(), (index, statement.body.word()));
            }
        }
        has_duplicates |= duplicate;
        duplicates.push(duplicate);
    }
    let scope = Scope { generics: &syntax.generics, statements, is_layer: |name| step::find(name).is_some() };
    let edges: Vec<Vec<usize>> = syntax.statements.iter().map(|statement| edges(&scope, &statement.body)).collect();

    let mut resolver = Resolver {
        reader: Reader { diagnostics, scope: &scope, assertions: Vec::new(), numbers: Vec::new(), uncertain: syntax.incomplete },
        syntax,
        facade,
        edges: &edges,
        current: 0,
        uses: Vec::new(),
        steps: 0,
        used_parts: BTreeSet::new(),
        ordinals: BTreeMap::new(),
        silent: syntax.incomplete || has_duplicates,
        unknown_source: false,
        reported: BTreeSet::new(),
    };
    let mut resolved = Vec::with_capacity(syntax.statements.len());
    for (index, (statement, duplicate)) in syntax.statements.iter().zip(duplicates).enumerate() {
        let Some(name) = statement.names.first() else { continue };
        resolver.current = index;
        resolver.ordinals.clear();
        let body = resolver.body(statement);
        let block = block_name(&statement.names, name);
        resolved.push(Statement { syntax: statement, name, block, body, uses: std::mem::take(&mut resolver.uses), duplicate });
    }
    let ties = bounds::ties(&mut resolver.reader, &syntax.ties, &mut resolver.reported);
    let budget = bounds::budget(&mut resolver.reader, syntax);
    let parts = bounds::parts(&mut resolver.reader, syntax);
    let Resolver { reader, unknown_source, used_parts, .. } = resolver;
    let Reader { assertions, numbers, uncertain, .. } = reader;
    Model { syntax, statements: resolved, assertions, numbers, uncertain, unknown_source, used_parts, ties, budget, parts }
}

/// A name of a `let (a, b)` as part of other names: without underscores around it.
pub(crate) fn part_name(name: &Ident) -> String {
    let text = case::plain(name);
    let trimmed = text.trim_matches('_');
    if trimmed.starts_with(char::is_alphabetic) { trimmed.to_owned() } else { text }
}

/// `a_b` of `let (a, b)`.
fn block_name(names: &[Ident], first: &Ident) -> Ident {
    let [_, _, ..] = names else { return first.clone() };
    let joined: Vec<String> = names.iter().map(part_name).collect();
    Ident::new(&joined.join("_"), first.span())
}

/// The statements that a statement names, found without resolving anything: for cycles.
fn edges(scope: &Scope, body: &Body) -> Vec<usize> {
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

struct Resolver<'a, 'd> {
    reader: Reader<'a, 'd>,
    syntax: &'a ast::Model,
    facade: &'a TokenStream,
    edges: &'a [Vec<usize>],
    /// The statement at work.
    current: usize,
    uses: Vec<usize>,
    used_parts: BTreeSet<(usize, usize)>,
    steps: usize,
    /// How many steps of each type the statement has so far.
    ordinals: BTreeMap<String, usize>,
    /// An unknown name may be one that could not be read.
    silent: bool,
    unknown_source: bool,
    /// Names that were reported: each mistake is told once.
    reported: BTreeSet<String>,
}

impl<'a> Resolver<'a, '_> {
    fn body(&mut self, statement: &'a ast::Statement) -> Resolved {
        match &statement.body {
            Body::Input(input) => Resolved::Input(self.input(input)),
            Body::Let(flow) | Body::Shared(flow) => {
                let mut flow = self.flow(flow);
                // What a step with several outputs gives is counted where it is applied.
                let gives_one = flow.steps.last().is_none_or(|step| !step.may_give_several());
                if let [first, .., _] = &statement.names[..]
                    && gives_one
                {
                    if !flow.broken {
                        let last = flow.steps.last().map_or_else(String::new, |step| format!("; `{}` gives one", step.written));
                        self.reader.diagnostics.report(
                            first,
                            format!("this `let` has {} names for one value{last}", statement.names.len()),
                            format!("write `let {first} = ..`"),
                        );
                    }
                    flow.broken = true;
                    flow.source = Source::Broken;
                }
                Resolved::Value(flow)
            }
            Body::Layer { steps, broken } => {
                let mut steps = self.steps(steps);
                if *broken {
                    self.reader.uncertain = true;
                    steps.push(self.broken_step(statement.keyword.span().into()));
                }
                Resolved::Layer(steps)
            }
            Body::Head { flow, block } => {
                let classes = crate::head::classes(&mut self.reader, block, self.facade);
                let flow = match &classes {
                    Some(classes) => self.flow(&crate::head::with_units(flow, classes)),
                    None => self.flow(flow),
                };
                let options = crate::head::options(&mut self.reader, &statement.names[0], block, classes);
                Resolved::Head(flow, Box::new(options))
            }
        }
    }

    fn input(&mut self, input: &ast::Input) -> Option<InputShape> {
        match input {
            ast::Input::Real(terms) => {
                let dims: Vec<Option<Dim>> = terms.iter().map(|term| self.reader.dimension(term, "a dimension", "16")).collect();
                dims.into_iter().collect::<Option<Vec<Dim>>>().map(InputShape::Real)
            }
            ast::Input::Class(term) => self.reader.dimension(term, "the number of classes", "12").map(InputShape::Class),
            // Their columns were read one by one.
            ast::Input::Columns(columns) => Some(InputShape::Real(vec![Dim::Literal(columns.len())])),
            ast::Input::OneOf(categories) => Some(InputShape::Class(Dim::Literal(categories.variants.len()))),
            ast::Input::Category(path) => {
                let facade = self.facade;
                Some(InputShape::Class(Dim::Constant(Tokens(quote::quote!(<#path as #facade::__private::Category>::COUNT)))))
            }
            ast::Input::Broken => None,
        }
    }

    fn flow(&mut self, flow: &ast::Flow) -> Flow {
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
        if !self.reported.insert(word.to_owned()) || (self.silent && near.is_none()) {
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

    /// A value that is defined further down, or by way of itself.
    fn used_before(&mut self, name: &Ident, index: usize) {
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

    fn steps(&mut self, terms: &[Term]) -> Vec<Step> {
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

    fn broken_step(&mut self, place: Place) -> Step {
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
            TermKind::Broken => {
                self.reader.uncertain = true;
                return self.broken_step(term.place);
            }
            TermKind::Number(_)
            | TermKind::Boolean(_)
            | TermKind::Text(_)
            | TermKind::Expression(_)
            | TermKind::List(_)
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
            let help = format!("values begin a flow: `{name} -> ..`; to apply the same steps in several flows, declare `layer {name} = ..`");
            self.reader.diagnostics.report(name, format!("`{name}` is {}, not a step", what.what()), help);
            return (Kind::Broken, word);
        }
        match vocabulary::find_foreign(vocabulary::FOREIGN_STEPS, &word) {
            Some(foreign) => self.reader.diagnostics.report(name, format!("`{name}` {}", foreign.means), foreign.help),
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
                let all = suggest::list(step::LAYERS.iter().map(|layer| layer.name));
                format!("the layers are {all}; a type of your own is written with its path: `crate::{word}<16>`")
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
