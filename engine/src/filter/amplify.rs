//! Amplify's filter objects: groups, attributes and their operators, to the tree.

use super::ast::{Expr, Path};
use super::error::{FilterError, Place};
use super::field_operators;
use super::limits::Budget;
use highwater_format::Value;

pub(super) fn read(filter: &Value) -> Result<Expr, FilterError> {
    Reader::default().group(filter, "$")
}

#[derive(Default)]
struct Reader {
    budget: Budget,
}

impl Reader {
    /// One object: all its members must hold.
    fn group(&mut self, object: &Value, path: &str) -> Result<Expr, FilterError> {
        let map = match object {
            Value::Null => return Ok(Expr::And(Vec::new())),
            Value::Map(map) => map,
            other => {
                return Err(expected("an object of attributes, and, or, not", other, path));
            }
        };
        self.budget.operator(|| Place::Path(path.to_owned()))?;
        self.budget.enter(|| Place::Path(path.to_owned()))?;
        let mut all = Vec::new();
        for (name, member) in map {
            if *member == Value::Null {
                continue;
            }
            let path = format!("{path}.{name}");
            match name.as_str() {
                "and" => all.extend(self.groups(member, &path)?),
                "or" => {
                    let branches = self.groups(member, &path)?;
                    // None at all would be false; DataStore ignores an empty group.
                    if !branches.is_empty() {
                        all.push(Expr::or(branches));
                    }
                }
                "not" => all.push(Expr::not(self.group(member, &path)?)),
                attribute => all.extend(self.attribute(attribute, member, &path)?),
            }
        }
        self.budget.leave();
        Ok(Expr::and(all))
    }

    /// A list of objects, or one object for a list of one.
    fn groups(&mut self, member: &Value, path: &str) -> Result<Vec<Expr>, FilterError> {
        let Value::List(list) = member else {
            return Ok(vec![self.group(member, path)?]);
        };
        list.iter()
            .enumerate()
            .filter(|(_, element)| **element != Value::Null)
            .map(|(i, element)| self.group(element, &format!("{path}[{i}]")))
            .collect()
    }

    /// The operators on one attribute.
    fn attribute(
        &mut self,
        name: &str,
        operators: &Value,
        path: &str,
    ) -> Result<Vec<Expr>, FilterError> {
        let Value::Map(operators) = operators else {
            return Err(expected("an object of operators, such as {\"eq\": ..}", operators, path));
        };
        let attribute = Path::top(name);
        let mut all = Vec::new();
        for (operator, operand) in operators {
            let at = Place::Path(format!("{path}.{operator}"));
            self.budget.operator(|| at.clone())?;
            all.extend(field_operators::read(&attribute, operator, operand, &at)?);
        }
        Ok(all)
    }
}

fn expected(expected: &'static str, found: &Value, path: &str) -> FilterError {
    FilterError::Expected {
        at: Place::Path(path.to_owned()),
        expected,
        found: format!("a {}", found.type_name()),
    }
}
