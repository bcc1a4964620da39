//! How the heads are balanced over time.

use std::format;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use super::chart::{Chart, MOST, Series, ends, grid, nth};
use super::{Picture, PlotError};
use crate::evaluate::Evaluate;
use crate::trainer::{Epoch, History};

impl<M: Evaluate> History<M> {
    /// Draws how the heads are balanced over time (feature `plot`): their weights in the combined loss, and where the
    /// [gradients were watched](crate::trainer::Trainer::watch_gradients) the norms of their gradients and the cosines between them by block.
    ///
    /// # Errors
    ///
    /// As of [`plot`](Self::plot).
    pub fn plot_balance(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        self.balance_picture()?.save(path)
    }

    /// The picture of [`plot_balance`](Self::plot_balance).
    ///
    /// # Errors
    ///
    /// A history without an epoch.
    pub fn balance_picture(&self) -> Result<Picture, PlotError> {
        let Some(first) = self.epochs.first() else { return Err(PlotError::Nothing { why: "the history has no epoch" }) };
        let series = |place: usize, name: String, value: &dyn Fn(&Epoch<M>) -> f64| {
            let (colour, kind) = nth(place);
            Series::new(name, colour, kind, self.epochs.iter().map(|epoch| (epoch.number as f64, value(epoch))).collect())
        };
        let chart = |title: &str, series: Vec<Series>| Chart {
            title: title.to_string(),
            x_label: "epoch".to_string(),
            whole: true,
            series,
            ..Chart::default()
        };
        let heads = || first.heads.iter().map(|row| row.head.to_string()).enumerate();
        let weights = heads().map(|(head, name)| series(head, name, &|epoch| epoch.heads[head].weight)).collect();
        let mut charts = Vec::from([chart("weight in the combined loss", weights)]);
        if let Some(gradients) = &first.gradients {
            let norm = |epoch: &Epoch<M>, head: usize| epoch.gradients.as_ref().map_or(f64::NAN, |gradients| gradients.norms[head]);
            let norms = heads().map(|(head, name)| series(head, name, &|epoch| norm(epoch, head))).collect();
            charts.push(chart("norm of the gradient", norms));
            let cosine = |epoch: &Epoch<M>, pair: usize| epoch.gradients.as_ref().map_or(f64::NAN, |gradients| gradients.cosines[pair].cosine);
            let mean = |pair: usize| {
                let values = self.epochs.iter().map(|epoch| cosine(epoch, pair)).filter(|value| !value.is_nan());
                let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
                sum / count as f64
            };
            // Of many pairs those that conflict most.
            let mut pairs: Vec<usize> = (0..gradients.cosines.len()).collect();
            let all = pairs.len();
            if all > MOST {
                pairs.sort_by(|&left, &right| mean(left).total_cmp(&mean(right)));
                pairs.truncate(MOST);
                pairs.sort_unstable();
            }
            let title =
                if all > MOST { format!("cosine between gradients, the {MOST} least of {all}") } else { "cosine between gradients".to_string() };
            let cosines: Vec<Series> = pairs
                .into_iter()
                .enumerate()
                .map(|(place, number)| {
                    let pair = &gradients.cosines[number];
                    series(place, format!("{}, {} in {}", pair.left, pair.right, pair.block), &|epoch| cosine(epoch, number))
                })
                .collect();
            if !cosines.is_empty() {
                // 0 is where conflicts begin.
                let values = cosines.iter().flat_map(|series| series.points.iter().map(|point| point.1));
                charts.push(Chart { y: Some(ends(values.chain([0.0]))), ..chart(&title, cosines) });
            }
        }
        Ok(grid(&format!("Balance of the heads of {}", M::NAME), &[charts], (330.0, 260.0)))
    }
}
