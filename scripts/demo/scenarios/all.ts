/** The scenarios, in the order in which they are written. */
import type { MakeScenario } from '../scenario.js';
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
  checkoutLatency,
  invoiceReminders,
  churnSurvey,
  postgresUpgrade,
  onboardingGuide,
  flakyUploadTest,
  smsVendor,
  pressKit,
  retentionAudit,
  stockForecast,
];
