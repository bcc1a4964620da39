//! Mermaid: what GitHub, GitLab and rustdoc pages with its script draw from a block of text.

use std::format;
use std::string::String;

use super::{Diagram, Role};

impl Diagram {
    /// The diagram as a Mermaid flowchart.
    #[must_use]
    pub fn mermaid(&self) -> String {
        let mut text = String::from("flowchart TD\n");
        for (number, node) in self.boxes.iter().enumerate() {
            let lines = node.lines.iter().map(|line| escaped(line)).collect::<std::vec::Vec<_>>().join("<br/>");
            let class = match node.role {
                Role::Input => "input",
                Role::Value => "value",
                Role::Shared => "shared",
                Role::Head => "head",
            };
            text += &format!("    n{number}[\"<b>{}</b><br/>{lines}\"]:::{class}\n", escaped(node.name));
        }
        for arrow in &self.arrows {
            let label = if arrow.shape.is_empty() { String::new() } else { format!("|\"{}\"|", escaped(&arrow.shape)) };
            text += &format!("    n{} -->{label} n{}\n", arrow.from, arrow.to);
        }
        text += "    classDef input fill:#dbeafe,stroke:#0072b2,color:#111\n";
        text += "    classDef value fill:#f3f4f6,stroke:#6b7280,color:#111\n";
        text += "    classDef shared fill:#fef3c7,stroke:#b45309,color:#111,stroke-width:2px\n";
        text += "    classDef head fill:#d1fae5,stroke:#009e73,color:#111\n";
        text
    }
}

/// Brackets and quotes are words of Mermaid.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "#quot;").replace('<', "&lt;").replace('>', "&gt;").replace('[', "#91;").replace(']', "#93;")
}
