//! A network as a declaration that reads as if someone had written it, with its weights by the names that it gives them.
//!
//! A chain of steps of which each uses the one before alone is one statement: a `head` where it ends in an output, `shared` where two outputs or more depend
//! on it, else `let`. Steps with the same weights are a `layer`, together with what follows all their uses alike.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::network::{Array, InputKind, Missing, Network, Step};

/// A declaration.
#[derive(Clone, Debug, Default)]
pub struct Declaration {
    /// The name of the struct.
    pub name: String,
    /// `multitask! { .. }`.
    pub source: String,
    /// The weights by their names, in order.
    pub weights: Vec<(String, Array)>,
    /// The names of the inputs, in order.
    pub inputs: Vec<String>,
    /// What each input is, as it is declared: `[13]`, `{ age, income? }`.
    pub kinds: Vec<String>,
    /// The names of the heads, in order.
    pub heads: Vec<String>,
}

/// Words that a statement cannot be called by: those of Rust, of the language, and `batch`, which every model has a `predict_` of.
const TAKEN: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "class", "const", "continue", "crate", "do", "dyn", "else", "enum", "extern",
    "false", "final", "fn", "for", "gen", "head", "if", "impl", "in", "input", "layer", "let", "loop", "macro", "match", "mod", "move", "mut",
    "override", "part", "priv", "pub", "ref", "return", "self", "shared", "static", "struct", "super", "tie", "budget", "trait", "true", "try",
    "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "union", "batch", "inputs", "outputs", "targets", "losses",
    "values", "report", "block", "int8",
];

/// A name of Rust, in small letters, that no other statement has.
struct Names(BTreeSet<String>);

impl Names {
    fn take(&mut self, wish: &str) -> String {
        let base = snake(wish);
        let base =
            if TAKEN.contains(&base.as_str()) || crate::network::ACTIVATIONS.contains(&base.as_str()) { format!("{base}_value") } else { base };
        let mut name = base.clone();
        let mut number = 1;
        // Types are made of the names: `a_b` and `ab` would differ, `a_b` and `a__b` would not.
        while !self.0.insert(name.replace('_', "")) {
            number += 1;
            name = format!("{base}_{number}");
        }
        name
    }
}

/// `Dense_1/BiasAdd:0` as `dense_1_bias_add_0`.
#[must_use]
pub fn snake(text: &str) -> String {
    let mut name = String::new();
    let mut before = ' ';
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            if character.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
                name.push('_');
            }
            name.push(character.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        before = character;
    }
    let name = name.trim_matches('_').to_owned();
    match name.chars().next() {
        None => "value".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("value_{name}"),
        Some(_) => name,
    }
}

/// What a layer's field begins with.
fn field(word: &str) -> String {
    match word {
        "Conv1D" => "conv1d".to_owned(),
        "Conv2D" => "conv2d".to_owned(),
        "DepthwiseConv2D" => "depthwise_conv2d".to_owned(),
        "SeparableConv2D" => "separable_conv2d".to_owned(),
        _ => {
            let mut name = String::new();
            for character in word.rsplit("::").next().unwrap_or(word).chars().take_while(|character| character.is_alphanumeric() || *character == '_')
            {
                if character.is_uppercase() && !name.is_empty() {
                    name.push('_');
                }
                name.extend(character.to_lowercase());
            }
            name
        }
    }
}

/// The steps of a statement, by number.
struct Statement {
    steps: Vec<usize>,
    name: String,
    /// The output that it is.
    head: Option<usize>,
}

/// A `layer`: the uses of its steps, each a list of as many steps.
struct Layer {
    name: String,
    uses: Vec<Vec<usize>>,
}

/// Writes the declaration of a network.
#[must_use]
pub fn declare(network: &Network, name: &str) -> Declaration {
    Writer::new(network, name).write()
}

struct Writer<'n> {
    network: &'n Network,
    name: String,
    names: Names,
    heads: Vec<String>,
    uses: Vec<usize>,
    layers: Vec<Layer>,
    /// The layer and the use that a step is part of.
    layer_of: BTreeMap<usize, (usize, usize)>,
    statements: Vec<Statement>,
    /// The name of each value that has one.
    called: BTreeMap<usize, String>,
}

impl<'n> Writer<'n> {
    fn new(network: &'n Network, name: &str) -> Self {
        Self {
            network,
            name: name.to_owned(),
            names: Names(BTreeSet::new()),
            heads: Vec::new(),
            uses: network.uses(),
            layers: Vec::new(),
            layer_of: BTreeMap::new(),
            statements: Vec::new(),
            called: BTreeMap::new(),
        }
    }

    fn value(&self, step: usize) -> usize {
        self.network.inputs.len() + step
    }

    fn step_of(&self, value: usize) -> Option<usize> {
        value.checked_sub(self.network.inputs.len())
    }

    /// The only step behind a step, where nothing else uses it.
    fn behind(&self, step: usize) -> Option<usize> {
        let value = self.value(step);
        if self.uses[value] != 1 {
            return None;
        }
        self.network.steps.iter().position(|behind| behind.inputs == [value])
    }

    /// Steps with the same weights, and what follows all uses alike.
    fn find_layers(&mut self) {
        let mut by_key: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, step) in self.network.steps.iter().enumerate() {
            if let Some(key) = &step.key {
                by_key.entry(key).or_default().push(number);
            }
        }
        let mut groups: Vec<Vec<usize>> = by_key.into_values().filter(|uses| uses.len() > 1).collect();
        groups.sort();
        let mut taken = BTreeSet::new();
        for group in groups {
            if taken.contains(&group[0]) {
                continue;
            }
            let mut uses: Vec<Vec<usize>> = group.iter().map(|&step| vec![step]).collect();
            loop {
                let next: Option<Vec<usize>> = uses.iter().map(|steps| self.behind(*steps.last()?)).collect();
                let Some(next) = next else { break };
                let first = &self.network.steps[next[0]];
                let distinct = next.iter().collect::<BTreeSet<_>>().len() == next.len();
                // What has weights is the same where its key is, and has no other uses.
                let alike = next.iter().all(|&step| {
                    let step = &self.network.steps[step];
                    step.text() == first.text() && step.key == first.key && (step.key.is_some() || step.tensors.is_empty())
                });
                let all = first
                    .key
                    .as_ref()
                    .is_none_or(|key| self.network.steps.iter().filter(|step| step.key.as_ref() == Some(key)).count() == uses.len());
                let is_own = uses.iter().flatten().any(|step| next.contains(step));
                if !distinct || !alike || !all || is_own {
                    break;
                }
                uses.iter_mut().zip(next).for_each(|(steps, step)| steps.push(step));
            }
            taken.extend(uses.iter().flatten().copied());
            let number = self.layers.len();
            for (at, steps) in uses.iter().enumerate() {
                self.layer_of.extend(steps.iter().map(|&step| (step, (number, at))));
            }
            self.layers.push(Layer { name: String::new(), uses });
        }
    }

    /// Chains of steps.
    fn find_statements(&mut self) {
        let outputs: BTreeSet<usize> = self.network.outputs.iter().map(|output| output.value).collect();
        let mut of_value: BTreeMap<usize, usize> = BTreeMap::new();
        for (number, step) in self.network.steps.iter().enumerate() {
            let goes_on = match step.inputs[..] {
                [before] if self.uses[before] == 1 && !outputs.contains(&before) => of_value.get(&before).copied(),
                _ => None,
            };
            let statement = goes_on.unwrap_or_else(|| {
                self.statements.push(Statement { steps: Vec::new(), name: String::new(), head: None });
                self.statements.len() - 1
            });
            self.statements[statement].steps.push(number);
            of_value.insert(self.value(number), statement);
        }
        for (number, output) in self.network.outputs.iter().enumerate() {
            if let Some(&statement) = of_value.get(&output.value)
                && self.uses[output.value] == 1
            {
                self.statements[statement].head = Some(number);
            }
        }
    }

    fn name_all(&mut self) {
        let network = self.network;
        for (number, input) in network.inputs.iter().enumerate() {
            let unused = self.uses[number] == 0;
            let name = self.names.take(&input.name);
            self.called.insert(number, if unused { format!("_{name}") } else { name });
        }
        // Heads keep their names before all others.
        self.heads = network.outputs.iter().map(|output| self.names.take(&output.name)).collect();
        for number in 0..self.layers.len() {
            let scope = self.layers[number].uses[0].iter().map(|&step| network.steps[step].scope.clone()).collect::<Vec<_>>();
            let name = self.names.take(&format!("{}_layer", common(&scope)).replace("_layer_layer", "_layer"));
            self.layers[number].name = name;
        }
        for number in 0..self.statements.len() {
            let statement = &self.statements[number];
            let name = match statement.head {
                Some(head) => self.heads[head].clone(),
                None => {
                    let own: Vec<String> = statement
                        .steps
                        .iter()
                        .filter(|step| !self.layer_of.contains_key(step) && !network.steps[**step].tensors.is_empty())
                        .map(|&step| network.steps[step].scope.clone())
                        .collect();
                    let wish = if own.is_empty() {
                        statement.steps.last().map_or("value".to_owned(), |&step| common(&[network.steps[step].scope.clone()]))
                    } else {
                        common(&own)
                    };
                    self.names.take(&wish)
                }
            };
            if let Some(&last) = self.statements[number].steps.last() {
                let value = self.value(last);
                self.called.insert(value, name.clone());
            }
            self.statements[number].name = name;
        }
    }

    fn write(mut self) -> Declaration {
        self.find_layers();
        self.find_statements();
        self.name_all();
        let network = self.network;
        let mut declaration = Declaration { name: self.name.clone(), ..Declaration::default() };
        let mut body = String::new();
        for (number, input) in network.inputs.iter().enumerate() {
            let name = &self.called[&number];
            declaration.inputs.push(name.clone());
            let kind = match &input.kind {
                InputKind::Real(shape) => format!("{shape:?}"),
                InputKind::Class(classes) => format!("class({classes})"),
            };
            writeln!(body, "        input {name}: {kind};").unwrap_or_default();
            declaration.kinds.push(kind);
        }
        body.push('\n');
        // Names of tensors, statement by statement.
        let mut weights: Vec<(String, Array)> = Vec::new();
        let mut name_tensors = |block: &str, steps: &[usize]| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for &step in steps {
                let step = &network.steps[step];
                let field = field(&step.word);
                let count = counts.entry(field.clone()).or_default();
                *count += 1;
                for (leaf, array) in &step.tensors {
                    weights.push((format!("{block}.{field}{count}.{leaf}"), array.clone()));
                }
            }
        };
        for layer in &self.layers {
            let texts: Vec<String> = layer.uses[0].iter().map(|&step| network.steps[step].text()).collect();
            line(&mut body, &format!("layer {} = ", layer.name), &texts, ";");
            name_tensors(&layer.name, &layer.uses[0]);
        }
        let heads_of = self.heads_of();
        let mut heads: Vec<String> = vec![String::new(); network.outputs.len()];
        for statement in &self.statements {
            let (Some(&first), Some(&last)) = (statement.steps.first(), statement.steps.last()) else { continue };
            let mut texts = vec![self.source(&network.steps[first].inputs)];
            let mut own = Vec::new();
            for &step in &statement.steps {
                match self.layer_of.get(&step) {
                    None => {
                        texts.push(network.steps[step].text());
                        own.push(step);
                    }
                    Some(&(layer, at)) if self.layers[layer].uses[at][0] == step => texts.push(self.layers[layer].name.clone()),
                    Some(_) => {}
                }
            }
            name_tensors(&statement.name, &own);
            match statement.head {
                Some(head) => heads[head] = self.head(head, &statement.name, &texts, last),
                None => {
                    let word = if heads_of[self.value(last)].count_ones() > 1 { "shared" } else { "let" };
                    line(&mut body, &format!("{word} {} = ", statement.name), &texts, ";");
                }
            }
        }
        for (number, output) in network.outputs.iter().enumerate() {
            if heads[number].is_empty() {
                let name = self.heads[number].clone();
                let end = self.step_of(output.value).unwrap_or_default();
                let source = self.called.get(&output.value).cloned().unwrap_or_default();
                // A value that is an output and something else beside has a statement of its own.
                heads[number] = self.head(number, &name, &[source], end);
            }
        }
        if !body.ends_with("\n\n") {
            body.push('\n');
        }
        body.push_str(&heads.concat());
        declaration.heads.clone_from(&self.heads);
        declaration.weights = weights;
        let shares = network.outputs.len() < 2
            || heads_of.iter().enumerate().any(|(value, heads)| value >= network.inputs.len() && heads.count_ones() > 1)
            || !self.layers.is_empty() && self.a_layer_is_shared(&heads_of);
        let independent = if shares { "" } else { "    #[independent]\n" };
        declaration.source = format!("mtl::multitask! {{\n{independent}    pub struct {} {{\n{body}    }}\n}}\n", self.name);
        declaration
    }

    fn a_layer_is_shared(&self, heads_of: &[u64]) -> bool {
        self.layers.iter().any(|layer| {
            let heads = layer.uses.iter().flatten().fold(0, |heads, &step| heads | heads_of[self.value(step)]);
            heads.count_ones() > 1
        })
    }

    /// The outputs that depend on each value, as bits; those behind the 64th count as it.
    fn heads_of(&self) -> Vec<u64> {
        let mut heads = vec![0_u64; self.uses.len()];
        for (number, output) in self.network.outputs.iter().enumerate() {
            heads[output.value] |= 1 << number.min(63);
        }
        for (number, step) in self.network.steps.iter().enumerate().rev() {
            let own = heads[self.value(number)];
            step.inputs.iter().for_each(|&input| heads[input] |= own);
        }
        heads
    }

    fn source(&self, values: &[usize]) -> String {
        let names: Vec<String> = values.iter().map(|value| self.called.get(value).cloned().unwrap_or_default()).collect();
        match &names[..] {
            [one] => one.clone(),
            _ => format!("({})", names.join(", ")),
        }
    }

    fn head(&self, number: usize, name: &str, texts: &[String], last: usize) -> String {
        let output = &self.network.outputs[number];
        let step = self.network.steps.get(last);
        let ends_in = |word: &str| step.is_some_and(|step| step.word == word || step.arguments.iter().any(|argument| argument.value == word));
        let loss = output.loss.clone().unwrap_or_else(|| {
            if ends_in("softmax") {
                "categorical_cross_entropy"
            } else if ends_in("sigmoid") {
                "binary_cross_entropy"
            } else {
                "mse"
            }
            .to_owned()
        });
        let mut options = format!("loss: {loss}");
        if let Some(weight) = output.weight.filter(|weight| *weight != 1.0) {
            write!(options, ", weight: {weight:?}").unwrap_or_default();
        }
        if !output.metrics.is_empty() {
            write!(options, ", metrics: [{}]", output.metrics.join(", ")).unwrap_or_default();
        }
        let mut text = String::new();
        line(&mut text, &format!("head {name} = "), texts, &format!(" {{ {options} }}"));
        text
    }
}

/// What scopes have in common: `body` of `body.0.weight` and `body.2.weight`; of one without parts itself.
fn common(scopes: &[String]) -> String {
    let parts = |scope: &String| scope.split(['.', '/']).filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let Some(first) = scopes.first().map(parts) else { return "value".to_owned() };
    let mut length = first.len();
    for scope in &scopes[1..] {
        length = length.min(first.iter().zip(parts(scope)).take_while(|(left, right)| *left == right).count());
    }
    // A number alone says nothing, and neither does the operator.
    let kept: Vec<&String> = first[..length].iter().filter(|part| !part.chars().all(|character| character.is_ascii_digit())).collect();
    match &kept[..] {
        [] => common_letters(scopes).or_else(|| most_common(scopes)).unwrap_or_else(|| first.last().cloned().unwrap_or_else(|| "value".to_owned())),
        kept => kept.iter().map(|part| part.as_str()).collect::<Vec<_>>().join("_"),
    }
}

/// The first part that most scopes have, if two have it.
fn most_common(scopes: &[String]) -> Option<String> {
    let first = |scope: &String| scope.split(['.', '/']).find(|part| !part.is_empty()).map(str::to_owned);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    scopes.iter().filter_map(first).for_each(|part| *counts.entry(part).or_default() += 1);
    counts.into_iter().filter(|(_, count)| *count > 1).max_by_key(|(_, count)| *count).map(|(part, _)| part)
}

/// The letters that scopes begin with: `trunk` of `trunk_1` and `trunk_2`; `None` where these are few.
fn common_letters(scopes: &[String]) -> Option<String> {
    let (first, rest) = scopes.split_first().filter(|(_, rest)| !rest.is_empty())?;
    let length = rest.iter().map(|scope| first.chars().zip(scope.chars()).take_while(|(left, right)| left == right).count()).min()?;
    let letters: String = first.chars().take(length).collect();
    let letters = letters.trim_end_matches(|character: char| character.is_ascii_digit() || character == '_' || character == '/' || character == '.');
    (letters.len() >= 3).then(|| letters.to_owned())
}

/// A statement on one line, or on several where it is long.
fn line(body: &mut String, start: &str, texts: &[String], end: &str) {
    let whole = format!("        {start}{}{end}\n", texts.join(" -> "));
    if whole.len() <= 121 {
        body.push_str(&whole);
        return;
    }
    let mut current = format!("        {start}{}", texts.first().map_or("", String::as_str));
    for text in &texts[1.min(texts.len())..] {
        if current.len() + text.len() + 4 > 112 {
            body.push_str(&current);
            body.push('\n');
            current = format!("            -> {text}");
        } else {
            current.push_str(" -> ");
            current.push_str(text);
        }
    }
    body.push_str(&current);
    body.push_str(end);
    body.push('\n');
}

/// A layer of one's own that compiles, for what has no word.
#[must_use]
pub fn stub(missing: &Missing) -> String {
    let Missing { path, operator, attributes, stub, .. } = missing;
    format!(
        "/// In the place of `{operator}` at `{path}`, for which the language has no word{}.
#[derive(Clone, Copy, Debug)]
pub struct {stub}<const IN: usize, const OUT: usize>;

impl<const IN: usize, const OUT: usize> {stub}<IN, OUT> {{
    pub const fn new() -> Self {{
        Self
    }}
}}

impl<const IN: usize, const OUT: usize> mtl::layer::Shape for {stub}<IN, OUT> {{
    const INPUT: usize = IN;
    const OUTPUT: usize = OUT;
}}

impl<const IN: usize, const OUT: usize, T: mtl::Scalar> mtl::layer::Layer<IN, OUT, T> for {stub}<IN, OUT> {{
    type Parameters = ();
    type Cache = ();

    fn initialize<R: mtl::rand::Rng + ?Sized>(&self, (): &mut (), _: &mut R) {{}}

    fn forward<S: mtl::InstructionSet>(&self, _: mtl::layer::Context, (): &(), _: &[[T; IN]], _: &mut [[T; OUT]], _: &mut [()]) {{
        todo!(\"{operator}: what it makes of `IN` values\")
    }}

    fn backward<S: mtl::InstructionSet>(
        &self,
        _: mtl::layer::Context,
        (): &(),
        _: &[[T; IN]],
        _: &[[T; OUT]],
        _: &[()],
        _: &mut [[T; OUT]],
        _: Option<mtl::kernel::GradientSink<'_, T, IN>>,
        (): &mut (),
    ) {{
        todo!(\"{operator}: the gradient of what it takes\")
    }}
}}
",
        if attributes.is_empty() { String::new() } else { format!(" ({attributes})") }
    )
}

/// Used by readers: the step that stands for one without a word.
#[must_use]
pub fn stub_step(missing: &Missing, inputs: &[usize], scope: &str) -> Step {
    let (from, to) = missing.sizes;
    Step::new(format!("self::{}<{from}, {to}>", missing.stub), inputs, &[to], scope)
}
