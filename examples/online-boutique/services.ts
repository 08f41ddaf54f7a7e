/**
 * The facts of the Online Boutique (GoogleCloudPlatform/microservices-demo v0.10.6): eleven services and a redis, with
 * their images, ports, environment, probes and calls to one another. Both compositions in this folder read them.
 */
export interface Service {
  readonly name: string;
  readonly image: string;
  /** The port that the container listens on; absent where nobody calls it. */
  readonly port?: number;
  /** The port of its Kubernetes Service, where it is another. */
  readonly servicePort?: number;
  readonly env: Readonly<Record<string, string>>;
  readonly probe?: { readonly kind: 'grpc' | 'http' | 'tcp'; readonly initialDelay?: number; readonly period?: number };
  /** [request, limit] */
  readonly cpu: readonly [string, string];
  readonly memory: readonly [string, string];
  readonly replicas?: number;
  /** The services that it calls. */
  readonly calls: readonly string[];
}

const image = (name: string) => `us-central1-docker.pkg.dev/online-boutique-ci/microservices-demo/${name}:v0.10.6`;

export const services: readonly Service[] = [
  {
    name: 'frontend',
    image: image('frontend'),
    port: 8080,
    servicePort: 80,
    env: {
      PORT: '8080',
      PRODUCT_CATALOG_SERVICE_ADDR: 'productcatalogservice:3550',
      CURRENCY_SERVICE_ADDR: 'currencyservice:7000',
      CART_SERVICE_ADDR: 'cartservice:7070',
      RECOMMENDATION_SERVICE_ADDR: 'recommendationservice:8080',
      SHIPPING_SERVICE_ADDR: 'shippingservice:50051',
      CHECKOUT_SERVICE_ADDR: 'checkoutservice:5050',
      AD_SERVICE_ADDR: 'adservice:9555',
      SHOPPING_ASSISTANT_SERVICE_ADDR: 'shoppingassistantservice:80',
      ENABLE_PROFILER: '0',
    },
    probe: { kind: 'http', initialDelay: 10 },
    cpu: ['100m', '200m'],
    memory: ['64Mi', '128Mi'],
    replicas: 2,
    calls: [
      'adservice',
      'cartservice',
      'checkoutservice',
      'currencyservice',
      'productcatalogservice',
      'recommendationservice',
      'shippingservice',
    ],
  },
  {
    name: 'adservice',
    image: image('adservice'),
    port: 9555,
    env: { PORT: '9555' },
    probe: { kind: 'grpc', initialDelay: 20, period: 15 },
    cpu: ['200m', '300m'],
    memory: ['180Mi', '300Mi'],
    calls: [],
  },
  {
    name: 'cartservice',
    image: image('cartservice'),
    port: 7070,
    env: { REDIS_ADDR: 'redis-cart:6379' },
    probe: { kind: 'grpc', initialDelay: 15 },
    cpu: ['200m', '300m'],
    memory: ['64Mi', '128Mi'],
    calls: ['redis-cart'],
  },
  {
    name: 'checkoutservice',
    image: image('checkoutservice'),
    port: 5050,
    env: {
      PORT: '5050',
      PRODUCT_CATALOG_SERVICE_ADDR: 'productcatalogservice:3550',
      SHIPPING_SERVICE_ADDR: 'shippingservice:50051',
      PAYMENT_SERVICE_ADDR: 'paymentservice:50051',
      EMAIL_SERVICE_ADDR: 'emailservice:5000',
      CURRENCY_SERVICE_ADDR: 'currencyservice:7000',
      CART_SERVICE_ADDR: 'cartservice:7070',
    },
    probe: { kind: 'grpc' },
    cpu: ['100m', '200m'],
    memory: ['64Mi', '128Mi'],
    calls: [
      'cartservice',
      'currencyservice',
      'emailservice',
      'paymentservice',
      'productcatalogservice',
      'shippingservice',
    ],
  },
  {
    name: 'currencyservice',
    image: image('currencyservice'),
    port: 7000,
    env: { PORT: '7000', DISABLE_PROFILER: '1' },
    probe: { kind: 'grpc' },
    cpu: ['100m', '200m'],
    memory: ['64Mi', '128Mi'],
    calls: [],
  },
  {
    name: 'emailservice',
    image: image('emailservice'),
    port: 8080,
    servicePort: 5000,
    env: { PORT: '8080', DISABLE_PROFILER: '1' },
    probe: { kind: 'grpc', period: 5 },
    cpu: ['100m', '200m'],
    memory: ['64Mi', '128Mi'],
    calls: [],
  },
  {
    name: 'paymentservice',
    image: image('paymentservice'),
    port: 50051,
    env: { PORT: '50051', DISABLE_PROFILER: '1' },
    probe: { kind: 'grpc' },
    cpu: ['100m', '200m'],
    memory: ['64Mi', '128Mi'],
    calls: [],
  },
  {
    name: 'productcatalogservice',
    image: image('productcatalogservice'),
    port: 3550,
    env: { PORT: '3550', DISABLE_PROFILER: '1' },
    probe: { kind: 'grpc' },
    cpu: ['100m', '200m'],
    memory: ['64Mi', '128Mi'],
    calls: [],
  },
  {
    name: 'recommendationservice',
    image: image('recommendationservice'),
    port: 8080,
    env: { PORT: '8080', PRODUCT_CATALOG_SERVICE_ADDR: 'productcatalogservice:3550', DISABLE_PROFILER: '1' },
    probe: { kind: 'grpc', period: 5 },
    cpu: ['100m', '200m'],
    memory: ['220Mi', '450Mi'],
    calls: ['productcatalogservice'],
  },
  {
    name: 'shippingservice',
    image: image('shippingservice'),
    port: 50051,
    env: { PORT: '50051', DISABLE_PROFILER: '1' },
    probe: { kind: 'grpc', period: 5 },
    cpu: ['100m', '200m'],
    memory: ['64Mi', '128Mi'],
    calls: [],
  },
  {
    name: 'loadgenerator',
    image: image('loadgenerator'),
    env: { FRONTEND_ADDR: 'frontend:80', USERS: '10', RATE: '1' },
    cpu: ['300m', '500m'],
    memory: ['256Mi', '512Mi'],
    calls: ['frontend'],
  },
];

/** The cart's store. The demo keeps it in memory: its `/data` is an emptyDir. */
export const redis: Service = {
  name: 'redis-cart',
  image: 'redis:alpine',
  port: 6379,
  env: {},
  probe: { kind: 'tcp', period: 5 },
  cpu: ['70m', '125m'],
  memory: ['200Mi', '256Mi'],
  calls: [],
};
