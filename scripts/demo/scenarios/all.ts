/** The scenarios, in the order in which they are written. */
import * as figures from '../figures.js';
import type { Random } from '../random.js';
import { type Figures, fillIn, type MakeScenario, type ScenarioTemplate } from '../scenario.js';
import { checkoutLatency } from './checkout-latency.js';
import { churnSurvey } from './churn-survey.js';
import { flakyUploadTest } from './flaky-upload-test.js';
import { invoiceReminders } from './invoice-reminders.js';
import { onboardingGuide } from './onboarding-guide.js';
import { postgresUpgrade } from './postgres-upgrade.js';
import { pressKit } from './press-kit.js';
import { retentionAudit } from './retention-audit.js';
import { smsVendor } from './sms-vendor.js';
import { stockForecast } from './stock-forecast.js';

export const SCENARIOS: readonly [MakeScenario, ...MakeScenario[]] = [
  of(checkoutLatency, figures.checkoutLatency),
  of(invoiceReminders, figures.invoiceReminders),
  of(churnSurvey, figures.churnSurvey),
  of(postgresUpgrade, figures.postgresUpgrade),
  of(onboardingGuide, figures.onboardingGuide),
  of(flakyUploadTest, figures.flakyUploadTest),
  of(smsVendor, figures.smsVendor),
  of(pressKit, figures.pressKit),
  of(retentionAudit, figures.retentionAudit),
  of(stockForecast, figures.stockForecast),
];

function of(template: ScenarioTemplate, draw: (random: Random) => Figures): MakeScenario {
  return (random) => fillIn(template, draw(random));
}
