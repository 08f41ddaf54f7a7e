import { App } from 'cdk8s';
import { boutique } from './boutique';

const app = new App();
boutique(app);
app.synth();
