//! Names to what they mean: sources to statements, steps to layers and activations, a head's entries to its loss and metrics.
//!
//! What is wrong is reported once; what follows from it is marked and stays silent.

mod cycles;
mod flow;
mod model;
mod steps;

use cycles::edges;
pub(crate) use model::{
    ClassNames, ClassNamesKind, Flow, HeadOptions, InputShape, LossChoice, MetricChoice, Model, Part, Resolved, Source, Statement, Step, Tie,
};

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream};

use crate::arguments::{Reader, Scope};
use crate::ast::{self, Body};
use crate::bounds;
use crate::case;
use crate::diagnostic::{Diagnostics, Place};
use crate::emit::own::count_of_categories;
use crate::named_sizes::NamedSizes;
use crate::size::Dim;
use crate::step;
use crate::vocabulary::Statement as Keyword;

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
        reader: Reader {
            diagnostics,
            scope: &scope,
            assertions: Vec::new(),
            numbers: Vec::new(),
            named_sizes: NamedSizes::new(syntax.name.as_ref()),
            uncertain: syntax.is_incomplete(),
        },
        syntax,
        facade,
        edges: &edges,
        current: 0,
        uses: Vec::new(),
        mentions: Vec::new(),
        steps: 0,
        used_parts: BTreeSet::new(),
        ordinals: BTreeMap::new(),
        silent: syntax.is_incomplete() || has_duplicates,
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
    let Resolver { reader, mentions, unknown_source, used_parts, .. } = resolver;
    let Reader { assertions, numbers, named_sizes, uncertain, .. } = reader;
    Model { syntax, statements: resolved, assertions, numbers, named_sizes, uncertain, mentions, unknown_source, used_parts, ties, budget, parts }
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

struct Resolver<'a, 'd> {
    reader: Reader<'a, 'd>,
    syntax: &'a ast::Model,
    facade: &'a TokenStream,
    edges: &'a [Vec<usize>],
    /// The statement at work.
    current: usize,
    uses: Vec<usize>,
    mentions: Vec<(Ident, usize)>,
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
            ast::Input::Class { classes, has_unknown: false } => self.reader.dimension(classes, "the number of classes", "12").map(InputShape::Class),
            ast::Input::Class { classes, has_unknown: true } => {
                self.reader.dimension_plus_one(classes, "the number of classes", "12").map(InputShape::Class)
            }
            // Their columns were read one by one.
            ast::Input::Columns(columns) => Some(InputShape::Real(vec![Dim::Literal(columns.len())])),
            ast::Input::OneOf(categories) => Some(InputShape::Class(Dim::Literal(categories.variants.len()))),
            ast::Input::Category(path) => {
                let facade = self.facade;
                Some(InputShape::Class(self.reader.size(count_of_categories(path, facade))))
            }
            ast::Input::Broken => None,
        }
    }
}
