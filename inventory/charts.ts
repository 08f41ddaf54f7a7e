import type { ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { Collector } from './collect';
import type { Inventory } from './inventory';
import type { JsonObject } from './object';

/** How cdk8s itself tells an ApiObject from other constructs; it holds across copies of the package. */
const API_OBJECT = Symbol.for('cdk8s.ApiObject');

/**
 * Takes the objects of cdk8s charts, as they would be synthesized; charts inside of them included, each object once.
 */
export function fromCharts(charts: Iterable<Chart>): Inventory {
  const collector = new Collector();
  const seen = new Set<IConstruct>();
  for (const chart of charts) {
    // Synthesis begins with the root's validations: whoever changes what is synthesized hooks in there.
    chart.node.root.node.validate();
    let document = 0;
    for (const construct of chart.node.findAll()) {
      if (!isApiObject(construct) || seen.has(construct)) continue;
      seen.add(construct);
      document++;
      collector.countDocument();
      const origin = { file: chart.node.path || chart.node.id, document, line: 0, construct: construct.node.path };
      collector.object(construct.toJson() as JsonObject, construct.apiVersion, construct.kind, origin);
    }
  }
  return collector.inventory();
}

function isApiObject(construct: IConstruct): construct is ApiObject {
  return API_OBJECT in construct;
}
