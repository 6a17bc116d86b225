//! From rules of columns to rules of inputs, and what a fit with rules can be.

use super::choices::Method;
use super::config::Config;
use super::options::{ACTIVATION, DEPTH, METHOD};
use crate::encode::{Encoding, InputEncoding};
use crate::net::Activation;
use crate::penalty::InputRules;
use crate::schema::options::{INTERACTIONS, MONOTONE};
use crate::schema::{ColumnRules, Schema};
use crate::{Error, Result, message};

/// `rules` for the features of `encoding`. Of a column with missing cells the direction is that of its numbers.
pub fn input_rules(rules: &ColumnRules, encoding: &Encoding) -> InputRules {
    if rules.is_empty() {
        return InputRules::default();
    }
    let inputs = encoding.input_of_feature();
    let column = |feature: usize| encoding.inputs[inputs[feature]].column();
    let is_number = |feature: usize| {
        let is_first = feature == 0 || inputs[feature - 1] != inputs[feature];
        is_first && matches!(encoding.inputs[inputs[feature]], InputEncoding::Numeric { .. })
    };
    let p = inputs.len();
    let mut own = InputRules::default();
    if !rules.unpenalized.is_empty() || !rules.penalty_factor.is_empty() {
        let of_column = |name: &str| match rules.penalty_factor.iter().find(|(own, _)| own == name) {
            Some((_, factor)) => *factor,
            None => f64::from(u8::from(!rules.unpenalized.iter().any(|own| own == name))),
        };
        own.factor = (0..p).map(|j| of_column(column(j))).collect();
    }
    if !rules.monotone.is_empty() {
        let of_column = |name: &str| rules.monotone.iter().find(|(own, _)| own == name).map(|(_, way)| way.sign());
        own.direction = (0..p).map(|j| of_column(column(j)).filter(|_| is_number(j)).unwrap_or(0.0)).collect();
    }
    if let Some(groups) = &rules.interactions {
        let all_of = |is_in: &dyn Fn(&str) -> bool| (0..p).filter(|&j| is_in(column(j))).collect::<Vec<usize>>();
        own.together = groups.iter().map(|group| all_of(&|name| group.iter().any(|own| own == name))).collect();
        let is_alone = |name: &str| !groups.iter().flatten().any(|own| own == name);
        own.together.extend(
            encoding.columns().into_iter().filter(|name| is_alone(name)).map(|name| all_of(&|own| own == name)),
        );
    }
    own
}

/// Refuses what cannot be promised: rules are kept by networks of one hidden layer that the evidence prices.
pub fn check_rules(schema: &Schema, config: &Config) -> Result<()> {
    let rules = &schema.rules;
    let Some(first) = rules.first() else { return Ok(()) };
    if matches!(config.method, Method::Linear | Method::Path) {
        return Err(Error::input(first, message!["it together with ", METHOD.to(config.method.name())])
            .expected(message![METHOD.to("auto"), " or ", METHOD.to("evidence")]));
    }
    let on_units =
        if rules.monotone.is_empty() { rules.interactions.as_ref().map(|_| &INTERACTIONS) } else { Some(&MONOTONE) };
    if let Some(option) = on_units.filter(|_| config.depth > 1) {
        return Err(Error::input(option, message!["it together with ", DEPTH.to(config.depth)])
            .expected(message![DEPTH.to(1), ": deeper layers combine all inputs"]));
    }
    if rules.monotone.is_empty() {
        return Ok(());
    }
    if config.activation == Activation::Gelu {
        return Err(Error::input(
            &MONOTONE,
            message!["it together with ", ACTIVATION.to("gelu"), ", which falls in part"],
        )
        .expected(message![ACTIVATION.to("tanh"), " or ", ACTIVATION.to("relu")]));
    }
    if schema.targets.len() > 1 || schema.loss.couples_outputs() {
        let what = if schema.targets.len() > 1 { "targets" } else { "classes" };
        return Err(Error::input(&MONOTONE, format!("it beside several {what}")).expected("one output, or two classes"));
    }
    Ok(())
}
