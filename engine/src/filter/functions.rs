//! The functions of an expression.

use super::ast::{Expr, Operand, Path};
use super::checked::{self, wrong_type};
use super::compare;
use super::error::{FilterError, Place};
use super::literal::Literal;
use super::parser::{Node, Parsed, Parser};
use highwater_format::{FormatError, Number, Value};

const KNOWN: &str =
    "attribute_exists attribute_not_exists attribute_type begins_with contains size";

/// Reads the operands of the function called `name`, whose opening parenthesis is next.
pub(super) fn call(parser: &mut Parser<'_>, name: &str, at: usize) -> Parsed<Node> {
    let at = Place::Byte(at);
    let Some(function) = KNOWN.split(' ').find(|known| *known == name) else {
        return Err(Box::new(FilterError::UnknownFunction {
            at,
            name: name.to_owned(),
            known: KNOWN,
        }));
    };
    parser.budget.operator(|| at.clone())?;
    parser.budget.enter(|| at.clone())?;
    let operands = parser.operands()?;
    parser.budget.leave();

    Ok(apply(function, operands, &at)?)
}

fn apply(function: &'static str, operands: Vec<Operand>, at: &Place) -> Result<Node, FilterError> {
    let condition = match function {
        "attribute_exists" => Expr::Exists(path(function, operands, at)?),
        "attribute_not_exists" => Expr::not(Expr::Exists(path(function, operands, at)?)),
        "size" => return size(exactly(function, operands, at)?, at).map(Node::Operand),
        _ => {
            let [first, second] = exactly(function, operands, at)?;
            match function {
                "attribute_type" => checked::has_type(first, &second, at)?,
                "begins_with" => checked::begins_with(first, second, at)?,
                _ => checked::contains(first, second, at)?,
            }
        }
    };
    Ok(Node::Condition(Box::new(condition)))
}

/// As many operands as the function takes.
fn exactly<const N: usize>(
    function: &'static str,
    operands: Vec<Operand>,
    at: &Place,
) -> Result<[Operand; N], FilterError> {
    operands.try_into().map_err(|operands: Vec<Operand>| FilterError::OperandCount {
        at: at.clone(),
        operator: function,
        expected: if N == 1 { "1" } else { "2" },
        found: operands.len(),
    })
}

fn path(function: &'static str, operands: Vec<Operand>, at: &Place) -> Result<Path, FilterError> {
    let [operand] = exactly(function, operands, at)?;
    let found = match operand {
        Operand::Path(path) => return Ok(path),
        Operand::Literal(literal) => literal.value().type_name(),
        Operand::Size(_) => "number",
    };
    Err(wrong_type(function, "the path of an attribute", found, at))
}

/// The size of a literal is known now; that of an attribute is another operand.
fn size([operand]: [Operand; 1], at: &Place) -> Result<Operand, FilterError> {
    let wrong = |found| wrong_type("size", "something that has a size", found, at);
    let unreadable = |source: FormatError| FilterError::Value { at: at.clone(), source };
    match operand {
        Operand::Path(path) => Ok(Operand::Size(path)),
        Operand::Size(_) => Err(wrong("number")),
        Operand::Literal(literal) => {
            let size = compare::size(&literal.get().map_err(unreadable)?)
                .ok_or_else(|| wrong(literal.value().type_name()))?;
            Literal::new(Value::Number(Number::from(size)))
                .map(Operand::Literal)
                .map_err(unreadable)
        }
    }
}
