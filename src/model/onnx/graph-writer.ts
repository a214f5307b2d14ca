import { modelProto } from './schema.js';

/** TensorProto.DataType */
const elementType = { float32: 1, int8: 3, int32: 6, int64: 7 } as const;
/** AttributeProto.AttributeType */
const attributeType = { float: 1, int: 2, string: 3, ints: 7 } as const;

const IR_VERSION = 10;
const ONNX_OPSET = 21;
/** ONNX Runtime's own operators (fused norms, attention, activations). */
const MICROSOFT = 'com.microsoft';

export type ElementType = keyof typeof elementType;
/** A size, or the name of a size known only at run time. */
export type Dimension = number | string;
/** The name of a tensor in the graph being written. */
export type Value = string;

/** Numbers are integers unless wrapped as `{ float }`: ONNX tells the two apart, JavaScript does not. */
export type Attribute = number | string | readonly number[] | { float: number };

interface Node {
  op: string;
  domain: string;
  inputs: readonly Value[];
  outputs: readonly Value[];
  attributes: Record<string, Attribute>;
}

/** Writes one ONNX graph node by node; every method returns the name of the tensor it makes. */
export class GraphWriter {
  readonly #name: string;
  readonly #nodes: Node[] = [];
  readonly #initializers: object[] = [];
  readonly #initializerNames = new Set<string>();
  readonly #inputs: object[] = [];
  readonly #outputs: object[] = [];
  readonly #outputNames = new Map<Value, string>();
  #counter = 0;

  constructor(name: string) {
    this.#name = name;
  }

  input(name: string, type: ElementType, dims: readonly Dimension[]): Value {
    this.#inputs.push(valueInfo(name, type, dims));
    return name;
  }

  /**
   * Makes `value` an output of the graph called `name`. The tensor itself is renamed: an Identity node would cost a copy
   * wherever the value is also used inside the graph.
   */
  output(name: string, value: Value, dims: readonly Dimension[]): void {
    this.#outputNames.set(value, name);
    this.#outputs.push(valueInfo(name, 'float32', dims));
  }

  /** A constant; the same name twice is the same constant. */
  weight(name: string, data: Float32Array, dims: readonly number[]): Value {
    return this.#initializer(name, 'float32', data, dims);
  }

  /** The same of 8-bit integers. */
  quantizedWeight(name: string, data: Int8Array, dims: readonly number[]): Value {
    return this.#initializer(name, 'int8', data, dims);
  }

  scalar(value: number): Value {
    return this.#initializer(`scalar_${value}`, 'float32', Float32Array.of(value), []);
  }

  integer(value: number): Value {
    return this.#initializer(`integer_${value}`, 'int64', BigInt64Array.of(BigInt(value)), []);
  }

  /** A constant vector of integers, the form in which ONNX takes shapes and axes. */
  integers(...values: number[]): Value {
    const data = BigInt64Array.from(values, BigInt);
    return this.#initializer(`integers_${values.join('_')}`, 'int64', data, [values.length]);
  }

  /** A node of the standard operator set with one output; `""` among the inputs skips an optional one. */
  node(op: string, inputs: readonly Value[], attributes: Record<string, Attribute> = {}): Value {
    return this.#add(op, inputs, attributes, '', ['output'])[0]!;
  }

  /** A node of ONNX Runtime's own operator set. */
  microsoft(op: string, inputs: readonly Value[], attributes: Record<string, Attribute> = {}): Value {
    return this.#add(op, inputs, attributes, MICROSOFT, ['output'])[0]!;
  }

  /** The same for a node of several outputs, labelled in the operator's order; `""` skips one that nobody reads. */
  microsoftOutputs(
    op: string,
    inputs: readonly Value[],
    attributes: Record<string, Attribute>,
    labels: readonly string[],
  ): Value[] {
    return this.#add(op, inputs, attributes, MICROSOFT, labels);
  }

  /** The serialized ModelProto. */
  finish(): Uint8Array {
    return modelProto
      .encode({
        irVersion: IR_VERSION,
        producerName: 'videre',
        opsetImport: [
          { domain: '', version: ONNX_OPSET },
          { domain: MICROSOFT, version: 1 },
        ],
        graph: {
          name: this.#name,
          node: this.#nodes.map((node) => this.#nodeProto(node)),
          initializer: this.#initializers,
          input: this.#inputs,
          output: this.#outputs,
        },
      })
      .finish();
  }

  #add(
    op: string,
    inputs: readonly Value[],
    attributes: Record<string, Attribute>,
    domain: string,
    labels: readonly string[],
  ): Value[] {
    const id = this.#counter++;
    const names = labels.map((label) => (label === '' ? '' : `${op}_${id}_${label}`));
    this.#nodes.push({ op, domain, inputs, outputs: names, attributes });
    return names;
  }

  #nodeProto({ op, domain, inputs, outputs, attributes }: Node): object {
    const named = (values: readonly Value[]) => values.map((value) => this.#outputNames.get(value) ?? value);
    const output = named(outputs);
    const attribute = Object.entries(attributes).map(([name, value]) => attributeProto(name, value));
    return { opType: op, input: named(inputs), output, name: output[0], attribute, domain };
  }

  #initializer(
    name: string,
    type: ElementType,
    data: Float32Array | Int8Array | BigInt64Array,
    dims: readonly number[],
  ): Value {
    if (!this.#initializerNames.has(name)) {
      this.#initializerNames.add(name);
      // raw_data is little-endian by specification, as is every machine ONNX Runtime for Node.js is built for.
      const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      this.#initializers.push({ name, dataType: elementType[type], dims, rawData });
    }
    return name;
  }
}

function valueInfo(name: string, type: ElementType, dims: readonly Dimension[]): object {
  const dim = dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: elementType[type], shape: { dim } } } };
}

function attributeProto(name: string, value: Attribute): object {
  if (typeof value === 'number') return { name, type: attributeType.int, i: value };
  if (typeof value === 'string') return { name, type: attributeType.string, s: Buffer.from(value) };
  if ('float' in value) return { name, type: attributeType.float, f: value.float };
  return { name, type: attributeType.ints, ints: value };
}
