//! Just enough of a reader of SVG to judge a chart's layout.

/// A text with the rectangle it covers: left, top, right, bottom, in the document's units.
#[derive(Debug)]
pub(crate) struct Label {
    pub(crate) text: String,
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

/// Mean width of a letter over the font's size; a little less than DejaVu Sans has, so that only
/// what truly overlaps is found.
const LETTER: f64 = 0.53;

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let end = tag[start..].find('"')?;
    Some(&tag[start..start + end])
}

fn number(tag: &str, name: &str) -> f64 {
    attribute(tag, name)
        .and_then(|v| v.parse().ok())
        .unwrap_or(f64::NAN)
}

/// Width and height of the drawing's own coordinates.
pub(crate) fn size(svg: &str) -> (f64, f64) {
    let view = attribute(svg, "viewBox").unwrap();
    let numbers: Vec<f64> = view.split(' ').map(|n| n.parse().unwrap()).collect();
    (numbers[2], numbers[3])
}

/// Every text of a drawing.
pub(crate) fn labels(svg: &str) -> Vec<Label> {
    let texts = svg.split("<text").skip(1);
    let label = |piece: &str| {
        let (tag, rest) = piece.split_once('>').unwrap();
        let text = rest.split_once("</text>").unwrap().0.trim();
        let text = text
            .replace("&apos;", "'")
            .replace("&amp;", "&")
            .replace("&lt;", "<");
        let size = number(tag, "font-size");
        let width = text.chars().count() as f64 * size * LETTER;
        let (x, y) = (number(tag, "x"), number(tag, "y"));
        let left = match attribute(tag, "text-anchor").unwrap() {
            "start" => x,
            "middle" => x - width / 2.0,
            _ => x - width,
        };
        let top = if attribute(tag, "dy") == Some("0.76em") {
            y
        } else {
            y - 0.4 * size
        };
        Label {
            text,
            left,
            top,
            right: left + width,
            bottom: top + 0.8 * size,
        }
    };
    texts.map(label).collect()
}

/// The texts that leave the drawing or cover one another.
pub(crate) fn misplaced(svg: &str) -> Vec<String> {
    let (width, height) = size(svg);
    let labels = labels(svg);
    let mut wrong = Vec::new();
    for (place, a) in labels.iter().enumerate() {
        if a.left < 0.0 || a.top < 0.0 || a.right > width || a.bottom > height {
            wrong.push(format!("outside: {a:?}"));
        }
        for b in &labels[..place] {
            let beside = a.right <= b.left || b.right <= a.left;
            let apart = a.bottom <= b.top || b.bottom <= a.top;
            if !beside && !apart {
                wrong.push(format!("{a:?} covers {b:?}"));
            }
        }
    }
    wrong
}

/// Whether every tag that opens also closes, in the right order.
pub(crate) fn is_balanced(markup: &str) -> bool {
    const VOID: [&str; 2] = ["meta", "!DOCTYPE"];
    let mut open = Vec::new();
    for piece in markup.split('<').skip(1) {
        let Some((tag, _)) = piece.split_once('>') else {
            return false;
        };
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        if let Some(closed) = name.strip_prefix('/') {
            if open.pop() != Some(closed) {
                return false;
            }
        } else if !tag.ends_with('/') && !VOID.contains(&name) {
            open.push(name);
        }
    }
    open.is_empty()
}

#[test]
fn the_judge_can_condemn() {
    let text = |x: u32, anchor| {
        format!(
            "<text x=\"{x}\" y=\"50\" dy=\"0.5ex\" text-anchor=\"{anchor}\" font-size=\"20\">\nabcdefghij\n</text>"
        )
    };
    let svg = |inside: String| format!("<svg a=\"1\" viewBox=\"0 0 300 100\">{inside}</svg>");
    assert!(misplaced(&svg(text(10, "start"))).is_empty());
    assert_eq!(misplaced(&svg(text(10, "end"))).len(), 1);
    assert_eq!(
        misplaced(&svg(text(10, "start") + &text(60, "start"))).len(),
        1
    );
    assert!(misplaced(&svg(text(10, "start") + &text(130, "start"))).is_empty());
    assert!(is_balanced("<a><b/></a>") && !is_balanced("<a><b></a></b>"));
}
