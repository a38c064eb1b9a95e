//! What the simulation says: a page and its plots.

use std::fmt::Write as _;

use crate::{
    Error, Plan, Report,
    attacker::{self, ECONOMY},
    chain::{self, Kind},
    ledger::Day,
    plan::{self, DAY, HOUR},
    plots::{self, short},
    world::{CLASSES, HABITS, Operator, World, pha},
};

/// One line of the table of participants.
struct Row {
    name: String,
    count: usize,
    /// What was at stake on an average day of the run, in PHA.
    stake: f64,
    earned: f64,
    /// Percent a year, of each of them.
    returns: Vec<f64>,
}

impl Row {
    fn new(name: String) -> Self {
        Self { name, count: 0, stake: 0.0, earned: 0.0, returns: Vec::new() }
    }

    /// One more, who has `now`, had `before`, and had a stake by days.
    fn add(&mut self, now: u128, before: u128, stake_days: f64, days: f64) {
        if stake_days <= 0.0 {
            return;
        }
        let earned = pha(now) - pha(before);
        self.count += 1;
        self.earned += earned;
        self.stake += stake_days / days;
        self.returns.push(100.0 * earned * 365.0 / stake_days);
    }

    fn quantile(&self, part: f64) -> f64 {
        let mut sorted = self.returns.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(((sorted.len() as f64 - 1.0) * part).round() as usize).copied().unwrap_or(0.0)
    }

    fn shown(&self, days: f64) -> String {
        let yearly = 100.0 * self.earned * 365.0 / days / self.stake.max(f64::MIN_POSITIVE);
        format!(
            "| {} | {} | {} | {} | {yearly:.1} | {:.1} | {:.1} | {:.1} |\n",
            self.name,
            self.count,
            short(self.stake),
            short(self.earned),
            self.quantile(0.1),
            self.quantile(0.5),
            self.quantile(0.9),
        )
    }
}

/// What `world` comes to at its end.
pub(crate) fn of(world: &World) -> Result<Report, Error> {
    let page = [
        beginning(world),
        participants(world),
        operators(world),
        issuance(world),
        by_size(world),
        attack(world),
        assumptions(world),
    ];
    let mut files = vec![("report.md".to_owned(), page.concat())];
    files.extend(drawn(&world.days)?);
    Ok(Report { files })
}

fn last(world: &World) -> Day {
    world.days.last().cloned().unwrap_or_default()
}

fn mean(days: &[Day], of: impl Fn(&Day) -> f64) -> f64 {
    days.iter().map(of).sum::<f64>() / (days.len() as f64).max(1.0)
}

fn beginning(world: &World) -> String {
    let Plan { seed, days, workers, pools, delegators, round_hours } = &world.plan;
    let tally = &world.tally;
    format!(
        "# {days} days of the economy, simulated\n\n\
         Seed {seed}: {workers} workers in {pools} pools, {delegators} delegators, a round of the beacon every \
         {round_hours} h. The pallets `pools`, `rewards` and `slashing` are the chain's own, with the parameters of \
         production; each worker is challenged once a day and measured once a week. Who the workers are, their evidence, \
         and the beacon's values are the simulation's, and so is what people do; gas, validators and vaults are left \
         out, and calls cost no fees.\n\n\
         {} calls were done and {} refused. Workers were started {} times and stopped {} times; {} were given up because \
         they did not pay or grew old. Of {} challenges {} were answered, and {} times a worker that had missed one came \
         back by another round; {} measurements; {} absences were shown; {} offences were reported, {} of them keys that \
         had left their machines. With {} PHA people \
         joined pools, and left them with {}, of which {} were paid out. PHA began at {:.3} dollars and ended at {:.3}.\n\n",
        tally.calls,
        tally.refused,
        tally.starts,
        tally.stops,
        tally.retired,
        tally.challenges,
        tally.answers.saturating_sub(tally.returns),
        tally.returns,
        tally.measurements,
        tally.absences,
        tally.offences,
        tally.extractions,
        short(pha(tally.joined)),
        short(pha(tally.left)),
        short(pha(tally.paid)),
        plan::PRICE,
        last(world).price,
    )
}

fn participants(world: &World) -> String {
    let days = f64::from(world.plan.days);
    let mut rows: Vec<Row> = CLASSES.iter().map(|(_, size)| Row::new(format!("operator, {size}"))).collect();
    let place = rows.len();
    rows.extend(["attacker, machines there", "attacker, machines away"].map(|name| Row::new(name.to_owned())));
    for pool in &world.pools {
        let row = match pool.operator {
            Operator::Honest => pool.class,
            Operator::AttackerPresent => place,
            Operator::AttackerAway => place + 1,
        };
        rows[row].add(chain::wealth(&pool.owner), pool.own.endowed, pool.own.stake_days(), days);
    }
    for (habit, name, _) in HABITS {
        let mut row = Row::new(format!("delegator, {name}"));
        for (index, delegator) in world.delegators.iter().enumerate() {
            if delegator.habit == habit {
                let wealth = chain::wealth(&chain::account(Kind::Delegator, index));
                row.add(wealth, delegator.holding.endowed, delegator.holding.stake_days(), days);
            }
        }
        rows.push(row);
    }
    let mut text = String::from(
        "## What each kind of participant earned\n\n\
         Earned is what they have at the end, claimed and settled, without what they had or bought; an operator's is with \
         its commission and before its machines' cost. Percent are a year's, of what was at stake: of all of a kind \
         together, and of the one that is better than a tenth, than half, than nine tenths of them.\n\n\
         | who | how many | stake, PHA | earned, PHA | % a year | lower tenth | median | upper tenth |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for row in &rows {
        text.push_str(&row.shown(days));
    }
    let (treasury, reporters) = (last(world).to_treasury, pha(world.tally.reporters));
    let _ = write!(
        text,
        "| reporters | {} | none | {} | | | | |\n| treasury | 1 | none | {} | | | | |\n\n",
        crate::world::REPORTERS,
        short(reporters),
        short(treasury),
    );
    text
}

fn operators(world: &World) -> String {
    let mut text = String::from(
        "## Operators after their machines' cost\n\n\
         | pools of | earned, PHA | machines, PHA of their days | left, PHA | slashed, PHA |\n|---|---|---|---|---|\n",
    );
    for (class, (_, size)) in CLASSES.iter().enumerate() {
        let (mut earned, mut cost, mut slashed) = (0.0, 0.0, 0.0);
        for pool in world.pools.iter().filter(|pool| pool.operator == Operator::Honest && pool.class == class) {
            earned += pha(chain::wealth(&pool.owner)) - pha(pool.own.endowed);
            cost += pool.cost;
            slashed += pha(pool.slashed);
        }
        let numbers = [earned, cost, earned - cost, slashed].map(short).join(" | ");
        let _ = writeln!(text, "| {size} | {numbers} |");
    }
    text.push('\n');
    text
}

fn issuance(world: &World) -> String {
    let (end, tally) = (last(world), &world.tally);
    let totals = chain::totals();
    format!(
        "## Issuance\n\n\
         On each of {} days what there was, was the genesis and what was issued without what was burnt, to the last of \
         10^-12 PHA; and every 30 days, and at the end, the sum of all accounts was the same.\n\n\
         | | PHA |\n|---|---|\n| genesis | {:.3} |\n| issued to workers' pools | {:.3} |\n| issued to the treasury | \
         {:.3} |\n| issued to reporters | {:.3} |\n| burnt by slashes | {:.3} |\n| at the end | {:.3} |\n| budget of the \
         blocks | {:.3} |\n| of it forfeited by absences, or not credited yet | {:.3} |\n\n\
         ![Issued](issued.svg)\n\n![Stake](stake.svg)\n\n![Capacity](capacity.svg)\n\n![Workers](workers.svg)\n\n![Price](price.svg)\n\n",
        world.days.len(),
        pha(world.genesis),
        end.to_workers,
        end.to_treasury,
        pha(tally.reporters),
        pha(tally.burnt),
        pha(chain::issuance()),
        pha(totals.budgeted),
        pha(totals.budgeted) - end.to_workers - end.to_treasury,
    )
}

fn by_size(world: &World) -> String {
    let end = last(world);
    let earned: f64 = end.credited.iter().sum();
    let days = f64::from(world.plan.days);
    let mut text = String::from(
        "## Pools by size\n\n\
         From an offence's report to its end so much of its pool is frozen, of its owner's stake first.\n\n\
         | pools of | how many | share of rewards, % | share of stake, % | days frozen, % |\n|---|---|---|---|---|\n",
    );
    let sum: f64 = (0..=CLASSES.len()).map(|place| mean(&world.days, |day| day.stake[place])).sum();
    for place in 0..=CLASSES.len() {
        let honest = |index: &usize| {
            let pool = &world.pools[*index];
            if place == CLASSES.len() {
                pool.operator != Operator::Honest
            } else {
                pool.operator == Operator::Honest && pool.class == place
            }
        };
        let pools: Vec<usize> = (0..world.pools.len()).filter(honest).collect();
        let frozen = pools.iter().fold(0.0, |sum, pool| sum + world.frozen_days(*pool));
        let frozen = frozen / (pools.len() as f64).max(1.0);
        let name = CLASSES.get(place).map_or("the attacker's workers", |(_, size)| *size);
        let (rewards, stake) = (end.credited[place] / earned, mean(&world.days, |day| day.stake[place]) / sum);
        let percents = [rewards, stake, frozen / days].map(|part| format!("{:.1}", 100.0 * part)).join(" | ");
        let _ = writeln!(text, "| {name} | {} | {percents} |", pools.len());
    }
    let _ = write!(
        text,
        "\n{} chunks had to wait. On average {:.3} % of all stake was frozen.\n\n\
         ![Rewards by size](sizes.svg)\n\n![Frozen](frozen.svg)\n\n",
        world.tally.waits,
        100.0 * mean(&world.days, |day| day.frozen),
    );
    text
}

fn attack(world: &World) -> String {
    let parameters = chain::rewards_parameters(&world.plan);
    let (challenges, away, evaded) = world.tally.attacker;
    let end = last(world);
    let all: f64 = world.pools.iter().map(|pool| pha(pool.credited)).sum();
    let stakes: f64 = world.pools.iter().map(|pool| pool.stake_days).sum();
    let mut text = String::from(
        "## An attacker with a third of the stake\n\n| its pool | stake, % | rewards, % | slashed, PHA |\n|---|---|---|---|\n",
    );
    for pool in world.pools.iter().filter(|pool| pool.operator != Operator::Honest) {
        let name =
            if pool.operator == Operator::AttackerAway { "machines away half of the time" } else { "machines there" };
        let percents = [pool.stake_days / stakes, pha(pool.credited) / all].map(|part| format!("{:.2}", 100.0 * part));
        let _ = writeln!(text, "| {name} | {} | {} |", percents.join(" | "), short(pha(pool.slashed)));
    }
    let rounds = 7 * world.plan.rounds_per_day();
    let _ = write!(
        text,
        "\n**Challenges.** {challenges} were drawn for the workers of its second pool. For {away} of them the machine was away, and for \
         {evaded} of these a stop came before the window's end, and a start after it: what was accrued since the last answer \
         is lost, and as the answer is owed, the worker is away from its start on, until it gives one to some round. It \
         chooses no challenge: values are unique signatures. If it writes a third of the blocks it delays a value by {:.1} blocks on average, and keeps \
         somebody's answer out of a whole window of {} blocks with a probability of 10^{:.0}. A machine that is never \
         there is not challenged in a week with a probability of {:.4} %.\n\n",
        attacker::delay(),
        parameters.answer_blocks,
        attacker::all_authors(parameters.answer_blocks),
        100.0 * attacker::unnoticed(parameters.rounds_per_challenge, rounds),
    );
    text.push_str(&votes(world, end.attacker / end.issuance.max(1.0)));
    text
}

/// Which slashes it could cancel by its votes.
fn votes(world: &World, share: f64) -> String {
    let appeal = f64::from(adyton_pallet_slashing::Parameters::default().appeal);
    let offences = world.tally.attacker_offences;
    let mut text = format!(
        "**Votes.** At the end its stake is {:.1} % of all PHA, and votes with up to six times that. A slash is cancelled \
         on the track `economy`, and has to be before the appeal is over, {:.1} days after the report. Its workers were \
         reported {offences} times; so many of these it could have cancelled, by how much of all other PHA votes against \
         it:\n\n| against it, % of other PHA | days at conviction 1 | days at conviction 6 | share of votes, % | slashes \
         cancelled |\n|---|---|---|---|---|\n",
        100.0 * share,
        appeal / f64::from(DAY),
    );
    for turnout in [0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8] {
        let after = [1.0, 6.0].map(|conviction| ECONOMY.passes_after(share, turnout, conviction));
        let days =
            after.map(|blocks| blocks.map_or("never".to_owned(), |blocks| format!("{:.1}", blocks / f64::from(DAY))));
        let in_time = after.iter().flatten().any(|blocks| *blocks <= appeal);
        let part = 6.0 * share / (6.0 * share + turnout * (1.0 - share)).max(f64::MIN_POSITIVE);
        let cancelled = if in_time { offences } else { 0 };
        let _ = writeln!(
            text,
            "| {:.0} | {} | {} | {:.1} | {cancelled} |",
            100.0 * turnout,
            days[0],
            days[1],
            100.0 * part
        );
    }
    text.push('\n');
    text
}

fn assumptions(world: &World) -> String {
    let parameters = chain::rewards_parameters(&world.plan);
    let slashing = adyton_pallet_slashing::Parameters::default();
    let failures =
        plan::FAILURES.map(|(share, mean)| format!("{:.0} % last {:.0} h", 100.0 * share, mean / f64::from(HOUR)));
    format!(
        "## What was supposed\n\n\
         - The price moves by itself: {:.1} % a day, and a jump once in {:.0} days. When it rises people join sooner, when \
         it falls they leave sooner, and operators whose workers do not pay their machine stop them for a month.\n\
         - A machine costs {:.2} dollars a day and {:.4} for each unit of capacity, from 0.6 to 1.5 times that. Capacities \
         are spread like the exponential of a normal distribution, around 1,340.\n\
         - A machine fails once in {:.0} days; of the failures {}, on average.\n\
         - An absence that can be shown is, by somebody, with a probability of {:.0} %. In each sixth of the \
         run a key leaves its machine.\n\
         - Delegators choose large pools with little commission sooner. The owners' own stake is a third to more than all \
         of the least that their workers need.\n\
         - The attacker buys so much that it keeps a third of the stake, on a third of the machines.\n\
         - {} blocks to answer a challenge, {} to report an offence, {} to appeal.\n",
        100.0 * plan::VOLATILITY,
        plan::JUMP_DAYS,
        plan::MACHINE_COST.0,
        plan::MACHINE_COST.1,
        plan::UPTIME / f64::from(DAY),
        failures.join(", "),
        100.0 * plan::WATCHED,
        parameters.answer_blocks,
        slashing.evidence_window,
        slashing.appeal,
    )
}

fn drawn(days: &[Day]) -> Result<Vec<(String, String)>, Error> {
    let each = |of: &dyn Fn(&Day) -> f64| days.iter().map(of).collect::<Vec<f64>>();
    let mut sizes: Vec<plots::Line> = Vec::new();
    for (place, (_, size)) in CLASSES.iter().enumerate() {
        sizes.push((*size, share_of(days, place)));
    }
    sizes.push(("the attacker's", share_of(days, CLASSES.len())));
    let plots = [
        (
            "stake",
            plots::draw(
                "Stake",
                "PHA",
                &[
                    ("delegators'", each(&|day| day.delegated)),
                    ("operators' own", each(&|day| day.owners)),
                    ("the attacker's", each(&|day| day.attacker)),
                    ("leaving", each(&|day| day.leaving)),
                ],
            )?,
        ),
        ("capacity", plots::draw("Capacity that counts", "units a block", &[("capacity", each(&|day| day.capacity))])?),
        ("workers", plots::draw("Running workers", "workers", &[("running", each(&|day| day.running))])?),
        (
            "issued",
            plots::draw(
                "Issued and burnt so far",
                "PHA",
                &[
                    ("to workers' pools", each(&|day| day.to_workers)),
                    ("to the treasury", each(&|day| day.to_treasury)),
                    ("to reporters", each(&|day| day.reporters)),
                    ("burnt", each(&|day| day.burnt)),
                ],
            )?,
        ),
        ("price", plots::draw("Price of PHA", "dollars", &[("price", each(&|day| day.price))])?),
        ("sizes", plots::draw("Share of a day's rewards, by size of pool", "%", &sizes)?),
        ("frozen", plots::draw("Stake that is frozen", "%", &[("frozen", each(&|day| 100.0 * day.frozen))])?),
    ];
    Ok(plots.into_iter().map(|(name, svg)| (format!("{name}.svg"), svg)).collect())
}

/// Which part of each day's rewards the pools of a class have earned, in percent.
fn share_of(days: &[Day], place: usize) -> Vec<f64> {
    let mut before = [0.0; CLASSES.len() + 1];
    let mut shares = Vec::with_capacity(days.len());
    for day in days {
        let all: f64 = day.credited.iter().sum::<f64>() - before.iter().sum::<f64>();
        shares.push(if all > 0.0 { 100.0 * (day.credited[place] - before[place]) / all } else { 0.0 });
        before = day.credited;
    }
    shares
}
