//! SVG: boxes in rows, each below all that it takes, with arrows that go around what lies between.

use std::format;
use std::string::String;
use std::vec;
use std::vec::Vec;

use super::{Diagram, Role};

/// Of a letter, a line, and the space around the text of a box, in pixels.
const LETTER: f64 = 7.0;
const LINE: f64 = 17.0;
const MARGIN: f64 = 12.0;
/// Between boxes of a row, and between rows.
const GAP: f64 = 28.0;
const ROW_GAP: f64 = 52.0;
/// How wide an arrow is that passes a row.
const PASSAGE: f64 = 10.0;

/// What stands in a row: a box, or the passage of an arrow.
struct Place {
    width: f64,
    /// The middle.
    x: f64,
    /// Those of the row above that it hangs on.
    above: Vec<usize>,
}

impl Diagram {
    /// The diagram as an SVG of its own: no fonts, scripts or other files, readable on light and dark pages.
    #[must_use]
    pub fn svg(&self) -> String {
        let rows = self.rows();
        let depth = rows.iter().copied().max().map_or(0, |last| last + 1);
        let mut layout = Layout { rows: (0..depth).map(|_| Vec::new()).collect(), place_of: vec![0; self.boxes.len()], passages: Vec::new() };
        for (number, &row) in rows.iter().enumerate() {
            let longest = self.boxes[number].lines.iter().map(|line| line.chars().count()).chain([self.boxes[number].name.chars().count() + 1]).max();
            layout.place_of[number] = layout.rows[row].len();
            layout.rows[row].push(Place { width: longest.unwrap_or(0) as f64 * LETTER + 2.0 * MARGIN, x: 0.0, above: Vec::new() });
        }
        for arrow in &self.arrows {
            let mut passages = Vec::new();
            let mut before = layout.place_of[arrow.from];
            for row in &mut layout.rows[rows[arrow.from] + 1..rows[arrow.to]] {
                row.push(Place { width: PASSAGE, x: 0.0, above: vec![before] });
                before = row.len() - 1;
                passages.push(before);
            }
            layout.rows[rows[arrow.to]][layout.place_of[arrow.to]].above.push(before);
            layout.passages.push(passages);
        }
        let width = layout.arrange();
        let heights: Vec<f64> = (0..depth)
            .map(|row| self.boxes.iter().zip(&rows).filter(|(_, of)| **of == row).map(|(node, _)| height(node.lines.len())).fold(0.0, f64::max))
            .collect();
        let tops: Vec<f64> = heights
            .iter()
            .scan(MARGIN, |top, height| {
                let own = *top;
                *top += height + ROW_GAP;
                Some(own)
            })
            .collect();
        let total = tops.last().copied().unwrap_or(0.0) + heights.last().copied().unwrap_or(0.0) + MARGIN;
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {total:.0}\" width=\"{width:.0}\" height=\"{total:.0}\" \
             font-family=\"ui-monospace, Menlo, Consolas, monospace\" font-size=\"11.5\" role=\"img\" aria-label=\"The model {}\">\n",
            escaped(self.name)
        );
        text += "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
                 <path d=\"M0 0L8 4L0 8z\" fill=\"#7d8590\"/></marker></defs>\n";
        self.draw_arrows(&mut text, &layout, &rows, &tops, &heights);
        for (number, node) in self.boxes.iter().enumerate() {
            let (row, place) = (rows[number], &layout.rows[rows[number]][layout.place_of[number]]);
            let (left, tall) = (place.x - place.width / 2.0, height(node.lines.len()));
            let top = tops[row] + (heights[row] - tall) / 2.0;
            let ((fill, stroke), thick) = (node.role.colours(), if node.role == Role::Shared { 2.4 } else { 1.2 });
            text += &format!(
                "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{tall:.1}\" rx=\"6\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"{thick}\"/>\n",
                place.width
            );
            let mut line = |number: usize, weight: &str, words: &str| {
                let y = top + MARGIN / 2.0 + LINE * (number as f64 + 0.8);
                text += &format!("<text x=\"{:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" fill=\"#111\"{weight}>{}</text>\n", place.x, escaped(words));
            };
            line(0, " font-weight=\"bold\"", node.name);
            node.lines.iter().enumerate().for_each(|(number, words)| line(number + 1, "", words));
        }
        text + "</svg>\n"
    }

    /// The row of each box: one more than that of the lowest box that it takes from.
    fn rows(&self) -> Vec<usize> {
        let mut rows = vec![0; self.boxes.len()];
        // Arrows go from earlier steps to later ones: as many rounds as there are boxes are enough.
        for _ in 0..self.boxes.len() {
            for arrow in &self.arrows {
                rows[arrow.to] = rows[arrow.to].max((rows[arrow.from] + 1).min(self.boxes.len()));
            }
        }
        rows
    }

    fn draw_arrows(&self, text: &mut String, layout: &Layout, rows: &[usize], tops: &[f64], heights: &[f64]) {
        for (number, arrow) in self.arrows.iter().enumerate() {
            let at = |box_number: usize| &layout.rows[rows[box_number]][layout.place_of[box_number]];
            let middle = |box_number: usize| tops[rows[box_number]] + heights[rows[box_number]] / 2.0;
            let half = |box_number: usize| height(self.boxes[box_number].lines.len()) / 2.0;
            // Arrows that end in one box end side by side.
            let into: Vec<usize> = (0..self.arrows.len()).filter(|&other| self.arrows[other].to == arrow.to).collect();
            let out: Vec<usize> = (0..self.arrows.len()).filter(|&other| self.arrows[other].from == arrow.from).collect();
            let spread = |all: &[usize], width: f64, x: &dyn Fn(usize) -> f64| {
                let mut order = all.to_vec();
                order.sort_by(|left, right| x(*left).total_cmp(&x(*right)));
                let place = order.iter().position(|other| *other == number).unwrap_or(0) as f64;
                (place - (order.len() as f64 - 1.0) / 2.0) * (width * 0.7 / order.len() as f64).min(40.0)
            };
            let first_x = |arrow: usize| {
                layout.passages[arrow]
                    .first()
                    .map_or_else(|| at(self.arrows[arrow].to).x, |&place| layout.rows[rows[self.arrows[arrow].from] + 1][place].x)
            };
            let last_x = |arrow: usize| {
                layout.passages[arrow]
                    .last()
                    .map_or_else(|| at(self.arrows[arrow].from).x, |&place| layout.rows[rows[self.arrows[arrow].to] - 1][place].x)
            };
            let mut from = (at(arrow.from).x + spread(&out, at(arrow.from).width, &first_x), middle(arrow.from) + half(arrow.from));
            let to = (at(arrow.to).x + spread(&into, at(arrow.to).width, &last_x), middle(arrow.to) - half(arrow.to) - 2.0);
            let mut path = format!("M{:.1} {:.1}", from.0, from.1);
            let label = (from.0, tops[rows[arrow.from]] + heights[rows[arrow.from]]);
            let points = layout.passages[number].iter().enumerate().flat_map(|(passed, &place)| {
                let row = rows[arrow.from] + 1 + passed;
                let x = layout.rows[row][place].x;
                [(x, tops[row]), (x, tops[row] + heights[row])]
            });
            for point in points.chain([to]) {
                if (point.0 - from.0).abs() < 0.5 {
                    path += &format!("L{:.1} {:.1}", point.0, point.1);
                } else {
                    let half = (from.1 + point.1) / 2.0;
                    path += &format!("C{:.1} {half:.1} {:.1} {half:.1} {:.1} {:.1}", from.0, point.0, point.0, point.1);
                }
                from = point;
            }
            *text += &format!("<path d=\"{path}\" fill=\"none\" stroke=\"#7d8590\" stroke-width=\"1.3\" marker-end=\"url(#tip)\"/>\n");
            // One label for all arrows with what flows out of a box.
            let is_first = out.iter().find(|&&other| self.arrows[other].shape == arrow.shape) == Some(&number);
            if is_first && !arrow.shape.is_empty() {
                *text += &format!(
                    "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"#7d8590\" font-size=\"10.5\">{}</text>\n",
                    label.0 + 5.0,
                    label.1 + 13.0,
                    escaped(&arrow.shape)
                );
            }
        }
    }
}

struct Layout {
    rows: Vec<Vec<Place>>,
    /// The place of each box in its row.
    place_of: Vec<usize>,
    /// The places of each arrow in the rows between.
    passages: Vec<Vec<usize>>,
}

impl Layout {
    /// Gives each place its middle; the width of all.
    fn arrange(&mut self) -> f64 {
        let wide = |row: &[Place]| row.iter().map(|place| place.width).sum::<f64>() + GAP * (row.len().max(1) - 1) as f64;
        let width = self.rows.iter().map(|row| wide(row)).fold(0.0, f64::max) + 2.0 * MARGIN;
        for number in 0..self.rows.len() {
            let (above, below) = self.rows.split_at_mut(number);
            let row = &mut below[0];
            // Below the middle of what each hangs on.
            let wish: Vec<f64> = row
                .iter()
                .enumerate()
                .map(|(place, of)| match above.last() {
                    Some(above) if !of.above.is_empty() => of.above.iter().map(|&place| above[place].x).sum::<f64>() / of.above.len() as f64,
                    _ => place as f64,
                })
                .collect();
            let mut order: Vec<usize> = (0..row.len()).collect();
            order.sort_by(|left, right| wish[*left].total_cmp(&wish[*right]));
            let mut x = (width - wide(row)) / 2.0;
            for place in order {
                row[place].x = x + row[place].width / 2.0;
                x += row[place].width + GAP;
            }
        }
        width
    }
}

fn height(lines: usize) -> f64 {
    (lines + 1) as f64 * LINE + MARGIN
}

/// Text within XML and HTML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
