//! The course of a training.

use std::format;
use std::path::Path;
use std::string::ToString;
use std::vec::Vec;

use super::chart::{Chart, Kind, Series, grid, in_rows};
use super::picture::{BLUE, VERMILLION};
use super::{Picture, PlotError};
use crate::evaluate::Evaluate;
use crate::report::{Cell, HeadRow, Report};
use crate::trainer::History;

const TRAINING: &str = "training";
const VALIDATION: &str = "validation";

/// As many charts as stand in a row of a head before the next row begins.
const COLUMNS: usize = 4;

impl<M: Evaluate> History<M> {
    /// Draws the course of the training (feature `plot`): the combined loss, then for each head its loss in training and validation and each of its
    /// metrics in validation, with a line at the epoch whose parameters were restored.
    ///
    /// ```no_run
    /// # use mtl_core::{data::Dataset, Error, evaluate::Evaluate, optimizer::Adam, trainer::Trainer};
    /// # fn train<M: Evaluate<Scalar = f32>>(mut model: M, train: Dataset<M>) -> Result<(), Error> {
    /// let history = Trainer::new(Adam::default()).epochs(20).validation_fraction(0.1).fit(&mut model, &train)?;
    /// history.plot("training.svg")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// See [`PlotError`]: a history without an epoch, a name that ends with neither `.svg` nor `.png`, a file that cannot be written.
    pub fn plot(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        self.picture()?.save(path)
    }

    /// The picture of [`plot`](Self::plot).
    ///
    /// # Errors
    ///
    /// A history without an epoch.
    pub fn picture(&self) -> Result<Picture, PlotError> {
        let Some(first) = self.epochs.first() else { return Err(PlotError::Nothing { why: "the history has no epoch" }) };
        let reports: Vec<(f64, f64, Vec<HeadRow>)> = self
            .epochs
            .iter()
            .filter_map(|epoch| epoch.validation.as_ref().map(|report| (epoch.number as f64, report.loss(), report.heads())))
            .collect();
        let validated = |value: &dyn Fn(&[HeadRow], f64) -> f64| {
            let points: Vec<(f64, f64)> = reports.iter().map(|(number, loss, heads)| (*number, value(heads, *loss))).collect();
            (!points.is_empty()).then(|| Series::new(VALIDATION, VERMILLION, Kind::Line, points))
        };
        let trained = |value: &dyn Fn(usize) -> f64| {
            let points = self.epochs.iter().enumerate().map(|(place, epoch)| (epoch.number as f64, value(place))).collect();
            Series::new(TRAINING, BLUE, if reports.is_empty() { Kind::Line } else { Kind::Dashes }, points)
        };
        let mark = self.restored.map(|epoch| (epoch as f64, format!("restored: {epoch}")));
        let chart = |title: std::string::String, series: Vec<Series>| Chart {
            title,
            x_label: "epoch".to_string(),
            whole: true,
            series,
            mark: mark.clone(),
            ..Chart::default()
        };
        let losses = [trained(&|place| self.epochs[place].loss)].into_iter().chain(validated(&|_, loss| loss)).collect();
        let mut rows = Vec::from([Vec::from([chart("loss, all heads".to_string(), losses)])]);
        for (head, row) in first.heads.iter().enumerate() {
            let of_head = validated(&|heads, _| heads[head].loss);
            let losses = [trained(&|place| self.epochs[place].heads[head].loss)].into_iter().chain(of_head).collect();
            let mut charts = Vec::from([chart(format!("{}: loss", row.head), losses)]);
            let metrics = reports.first().map_or(&[][..], |(_, _, heads)| &heads[head].metrics);
            for (metric, (name, _)) in metrics.iter().enumerate().filter(|(_, (_, cell))| matches!(cell, Cell::Number(_))) {
                let read = |heads: &[HeadRow]| match heads[head].metrics[metric].1 {
                    Cell::Number(value) => value,
                    Cell::Matrix(_) => f64::NAN,
                };
                charts.push(chart(format!("{}: {name}", row.head), validated(&|heads, _| read(heads)).into_iter().collect()));
            }
            while charts.len() > COLUMNS {
                let rest = charts.split_off(COLUMNS);
                rows.push(core::mem::replace(&mut charts, rest));
            }
            rows.push(charts);
        }
        // One head is all heads, unless its loss has a weight or penalties.
        if first.heads.len() == 1 {
            let first = rows.remove(0);
            rows[0].splice(0..0, first);
        }
        // Nothing but losses.
        if rows.iter().all(|row| row.len() == 1) {
            rows = in_rows(rows.into_iter().flatten().collect(), 3);
        }
        Ok(grid(&format!("Training of {}", M::NAME), &rows, (300.0, 215.0)))
    }
}
