/**
 * The figures of each demo taskspace: drawn by chance, and what follows from them. A figure is a number, a
 * word, the lines of a table or the bytes of a chart; texts name it as `[[figure]]`.
 */
import { barChart } from './bar-chart.js';
import type { Random } from './random.js';
import { csv, type Figures } from './scenario.js';

export function checkoutLatency(random: Random): Figures {
  const days = Array.from({ length: 14 }, (_, i) => ({
    day: `2026-10-${String(i + 12).padStart(2, '0')}`,
    p50: Math.round(random.near(182, 0.06)),
    p95: Math.round(random.near(780 + i * 6, 0.05)),
    requests: random.whole(41_000, 58_000),
  }));
  const p95 = days.map((day) => day.p95);
  const queries = random.whole(38, 46);
  return {
    ...{ worst: Math.max(...p95), queries, queriesMs: queries * 15 },
    afterMs: Math.round(random.near(365, 0.04)),
    days: csv(
      ['day', 'requests', 'p50_ms', 'p95_ms'],
      days.map(({ day, requests, p50, p95 }) => [day, requests, p50, p95]),
    ),
    chart: barChart(p95, [194, 84, 62]),
  };
}

export function churnSurvey(random: Random): Figures {
  const reasons = [
    'too expensive',
    'missing feature',
    'moved to competitor',
    'no longer needed',
    'bad support',
  ] as const;
  const answers = Array.from({ length: 60 }, (_, i) => ({
    id: 1001 + i,
    months: random.whole(2, 38),
    reason: random.pick([...reasons, 'too expensive', 'missing feature']),
    score: random.whole(1, 9),
  }));
  const counts = reasons.map((reason) => answers.filter((answer) => answer.reason === reason).length);
  const most = Math.max(...counts);
  return {
    ...{ most, top: reasons[counts.indexOf(most)] ?? reasons[0] },
    early: answers.filter(({ months }) => months <= 6).length,
    unclear: random.whole(2, 5),
    answers: csv(
      ['id', 'months_as_customer', 'reason', 'score'],
      answers.map(({ id, months, reason, score }) => [id, months, reason, score]),
    ),
    counts: table(reasons.map((reason, i) => [reason, counts[i] ?? 0])),
    chart: barChart(counts, [70, 110, 160]),
  };
}

export function flakyUploadTest(random: Random): Figures {
  const runs = random.whole(180, 240);
  const failures = random.whole(7, 13);
  return { runs, failures, oneIn: Math.round(runs / failures), build: random.whole(8_100, 8_900) };
}

export function invoiceReminders(random: Random): Figures {
  const overdue = random.whole(212, 268);
  const paid = Math.round(overdue * random.near(0.61, 0.05));
  return {
    ...{ overdue, paid, paidPercent: Math.floor((100 * paid) / overdue) },
    fee: random.pick(['5,00', '7,50', '10,00']),
    complaints: random.whole(14, 23),
  };
}

export function onboardingGuide(random: Random): Figures {
  return { week: random.whole(46, 50) };
}

export function postgresUpgrade(random: Random): Figures {
  const [gigabytes, minutes] = [random.whole(310, 420), random.whole(34, 52)];
  const extension = random.pick(['postgis 3.1', 'timescaledb 2.9', 'pg_partman 4.7']);
  return { gigabytes, minutes, extension, extensionName: extension.split(' ')[0] ?? '' };
}

export function pressKit(random: Random): Figures {
  return { shops: random.whole(31, 44), colour: random.pick(['#2f6f5e', '#7a3e65', '#2d5d8c']) };
}

export function retentionAudit(random: Random): Figures {
  const systems = ['crm', 'orders', 'newsletter', 'support desk', 'warehouse', 'old intranet'];
  const rows = systems.map((system) => ({
    system,
    owner: random.pick(['Sales', 'Operations', 'Support', 'unknown']),
    years: random.whole(2, 12),
    deletes: random.pick(['yes', 'partly', 'no']),
  }));
  return {
    without: rows.filter(({ deletes }) => deletes === 'no').length,
    found: csv(
      ['system', 'owner', 'oldest_data_years'],
      rows.map(({ system, owner, years }) => [system, owner, years]),
    ),
    checked: csv(
      ['system', 'owner', 'oldest_data_years', 'deletes'],
      rows.map(({ system, owner, years, deletes }) => [system, owner, years, deletes]),
    ),
  };
}

export function smsVendor(random: Random): Figures {
  const offers = ['Northline', 'Pigeon SMS', 'Relaywave'].map((vendor) => ({
    vendor,
    cents: Number(random.near(6.2, 0.2).toFixed(2)),
    seconds: Number(random.near(4.5, 0.5).toFixed(1)),
    delivered: Number(random.near(98, 0.012).toFixed(1)),
  }));
  const cheapest = offers.reduce((best, offer) => (offer.cents < best.cents ? offer : best));
  const surest = offers.reduce((best, offer) => (offer.delivered > best.delivered ? offer : best));
  return {
    ...{ cheapest: cheapest.vendor, cents: cheapest.cents },
    ...{ surest: surest.vendor, delivered: surest.delivered },
    offers: csv(
      ['vendor', 'cents_per_message', 'median_seconds', 'delivered_percent'],
      offers.map(({ vendor, cents, seconds, delivered }) => [vendor, cents, seconds, delivered]),
    ),
    prices: table(offers.map(({ vendor, cents }) => [vendor, cents, '?', '?'])),
    comparison: table(
      offers.map(({ vendor, cents, delivered }) => [
        vendor,
        cents,
        `${delivered} %`,
        vendor === 'Relaywave' ? 'open question' : 'EU only',
      ]),
    ),
  };
}

export function stockForecast(random: Random): Figures {
  const weeks = Array.from({ length: 16 }, (_, i) => ({
    week: `2026-W${String(28 + i)}`,
    sold: Math.round(random.near(340 + 60 * Math.sin(i / 2.5), 0.08)),
  }));
  const sold = weeks.map((week) => week.sold);
  const recent = sold.slice(-4);
  const error = random.whole(9, 14);
  return {
    ...{ error, naive: error + random.whole(4, 8) },
    forecast: Math.round(recent.reduce((sum, one) => sum + one, 0) / recent.length),
    winterFactor: Number(random.near(1.35, 0.08).toFixed(2)),
    rawSales: csv(
      ['week', 'sold'],
      weeks.map(({ week, sold }, i) => [week, i === 3 ? sold + 90 : sold]),
    ),
    sales: csv(
      ['week', 'sold'],
      weeks.map(({ week, sold }) => [week, sold]),
    ),
    chart: barChart(sold, [92, 138, 90]),
  };
}

/** Rows of a table in Markdown. */
function table(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}
