export {
  type TemplateInputs,
  type TemplateOptions,
  template,
  templatePenalty,
} from './template.js';
