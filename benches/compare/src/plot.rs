//! Drawings of latency against base size.

use crate::results::Figure;
use crate::subject::Result;
use plotters::prelude::*;
use std::path::Path;

/// Draws one line a subject: `points` are sizes with what was measured there.
pub fn latency(file: &Path, title: &str, points: &[(u64, Figure)]) -> Result<()> {
    let values = || {
        points.iter().flat_map(|(_, figure)| figure.values.iter().map(|(_, value)| value.middle))
    };
    let (least, most) = values().fold((f64::MAX, 0.0_f64), |(a, b), v| (a.min(v), b.max(v)));
    let (Some((first, _)), Some((last, _))) = (points.first(), points.last()) else {
        return Ok(());
    };
    #[expect(clippy::cast_precision_loss, reason = "sizes of tables")]
    let at = |size: u64| size as f64;
    let root = SVGBackend::new(file, (900, 520)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 22))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(
            (at(*first) * 0.9..at(*last) * 1.1).log_scale(),
            (least * 0.7..most * 1.5).log_scale(),
        )?;
    chart.configure_mesh().x_desc("rows").y_desc("microseconds").draw()?;
    let names = points.first().map(|(_, figure)| &figure.values).into_iter().flatten();
    for (place, (name, _)) in names.enumerate() {
        let style = Palette99::pick(place).stroke_width(if place == 0 { 4 } else { 2 });
        let line: Vec<_> =
            points.iter().filter_map(|(size, f)| Some((at(*size), f.of(name)?))).collect();
        chart
            .draw_series(LineSeries::new(line, style))?
            .label(name)
            .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK)
        .draw()?;
    root.present()?;
    Ok(())
}
