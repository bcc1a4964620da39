//! Graphviz: `dot -Tpdf model.dot`.

use std::format;
use std::string::String;

use super::Diagram;

impl Diagram {
    /// The diagram in the language of Graphviz.
    #[must_use]
    pub fn graphviz(&self) -> String {
        let mut text = format!("digraph {} {{\n    node [shape=box, style=\"filled,rounded\", fontname=\"sans-serif\"];\n", quoted(self.name));
        for (number, node) in self.boxes.iter().enumerate() {
            let (fill, stroke) = node.role.colours();
            let label = quoted(&format!("{}\n{}", node.name, node.lines.join("\n")));
            text += &format!("    n{number} [label={label}, fillcolor=\"{fill}\", color=\"{stroke}\"];\n");
        }
        for arrow in &self.arrows {
            text += &format!("    n{} -> n{} [label={}];\n", arrow.from, arrow.to, quoted(&arrow.shape));
        }
        text + "}\n"
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
