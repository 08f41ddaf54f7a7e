import { authorizer } from './authorizer';
import { format } from './format';
import { jsonPatch } from './jsonpatch';
import type { Library } from './library';
import { kubernetesLists, lists } from './lists';
import { net } from './net';
import { operators } from './operators';
import { optionals } from './optionals';
import { quantities } from './quantity';
import { regex } from './regex';
import { semvers } from './semver';
import { sets } from './sets';
import { standard } from './standard';
import { strings } from './strings';
import { time } from './time';
import { urls } from './url';

/** All that admission policies of Kubernetes 1.37 may call (k8s.io/apiserver/pkg/cel/environment/base.go). */
export const libraries: readonly Library[] = [
  operators,
  standard,
  time,
  optionals,
  strings,
  regex,
  kubernetesLists,
  lists,
  sets,
  quantities,
  urls,
  net,
  semvers,
  format,
  authorizer,
  jsonPatch,
];
