/**
 * Rules of the linter against "Maximum call stack size exceeded": what is well with ten names must be well with a million.
 *
 * Plain syntax, without types, so that each rule can be said in a sentence.
 */

/**
 * Each item of a list that is spread into a call takes room on the stack: some 120,000 are too many. What came as arguments may go on
 * as arguments.
 */
const noSpreadArguments = {
  meta: {
    type: 'problem',
    docs: { description: 'No list is spread into the arguments of a call' },
    messages: {
      spread:
        'A list of any length does not fit on the stack: add its items in a loop, or make an array literal.',
    },
    schema: [],
  },
  create(context) {
    const check = (node) => {
      for (const argument of node.arguments)
        if (argument.type === 'SpreadElement' && !isRest(argument.argument, context.sourceCode))
          context.report({ node: argument, messageId: 'spread' });
    };
    return {
      CallExpression(node) {
        check(node);
        const isApply =
          node.callee.type === 'MemberExpression' && node.callee.property.name === 'apply';
        if (isApply && node.arguments.length === 2) context.report({ node, messageId: 'spread' });
      },
      NewExpression: check,
    };
  },
};

/** Whether it is the rest of a function's parameters: `(...all) => call(...all)`. */
function isRest(node, sourceCode) {
  if (node.type !== 'Identifier') return false;
  for (let scope = sourceCode.getScope(node); scope !== null; scope = scope.upper) {
    const [definition] = scope.set.get(node.name)?.defs ?? [];
    if (definition === undefined) continue;
    const isParameter = definition.type === 'Parameter';
    return (
      isParameter &&
      definition.node.params.some(
        (one) => one.type === 'RestElement' && one.argument.name === node.name,
      )
    );
  }
  return false;
}

/** A function may reach itself through the functions of its file only when it counts its depth, in a parameter of that name. */
const noUncountedRecursion = {
  meta: {
    type: 'problem',
    docs: { description: 'A function that calls itself has a parameter `depth`' },
    messages: {
      recursion:
        '{{name}} calls itself, as often as the data like: keep a list of what is to be done, or count in a parameter `depth` that has a bound.',
    },
    schema: [],
  },
  create(context) {
    const graph = new CallGraph(context.sourceCode);
    return {
      ':function'(node) {
        graph.enter(node);
      },
      ':function:exit'(node) {
        graph.leave(node);
      },
      CallExpression(node) {
        graph.addCall(node);
      },
      'Program:exit'() {
        for (const { node, name } of graph.recursive())
          context.report({ node, messageId: 'recursion', data: { name } });
      },
    };
  },
};

/** Which functions of a file call which. What a function without a name calls is called by the one around it. */
class CallGraph {
  #sourceCode;
  #stack = [];
  /** By the node of the function. */
  #functions = new Map();

  constructor(sourceCode) {
    this.#sourceCode = sourceCode;
  }

  enter(node) {
    const name = nameOf(node);
    if (name !== undefined)
      this.#functions.set(node, { node, name, isCounted: hasDepth(node), calls: [] });
    this.#stack.push(node);
  }

  leave() {
    this.#stack.pop();
  }

  addCall(call) {
    const caller = this.#stack.findLast((node) => this.#functions.has(node));
    if (caller !== undefined) this.#functions.get(caller).calls.push(call.callee);
  }

  /** One function of each circle in which nobody counts. */
  recursive() {
    const found = [];
    for (const start of this.#functions.values()) {
      if (start.isCounted) continue;
      const seen = new Set();
      const pending = this.#targetsOf(start);
      for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
        if (next.isCounted || seen.has(next)) continue;
        seen.add(next);
        for (const target of this.#targetsOf(next)) pending.push(target);
      }
      if (seen.has(start)) found.push({ ...start, circle: seen });
    }
    // Of functions that call each other, the first one is enough.
    return found.filter(
      (one, index) =>
        !found
          .slice(0, index)
          .some(
            ({ circle, node }) =>
              [...circle].some((other) => other.node === one.node) &&
              [...one.circle].some((other) => other.node === node),
          ),
    );
  }

  #targetsOf({ node, calls }) {
    return calls.flatMap((callee) => {
      const target = this.#resolve(callee, node);
      const known = target === undefined ? undefined : this.#functions.get(target);
      return known === undefined ? [] : [known];
    });
  }

  #resolve(callee, caller) {
    if (callee.type === 'Identifier') return this.#functionOf(callee);
    const isOwn = callee.type === 'MemberExpression' && callee.object.type === 'ThisExpression';
    return isOwn ? methodOf(classAround(caller), callee.property.name) : undefined;
  }

  #functionOf(identifier) {
    for (let scope = this.#sourceCode.getScope(identifier); scope !== null; scope = scope.upper) {
      const [definition] = scope.set.get(identifier.name)?.defs ?? [];
      if (definition === undefined) continue;
      const { node, type } = definition;
      if (type === 'FunctionName') return node;
      return type === 'Variable' ? node.init : undefined;
    }
    return undefined;
  }
}

function nameOf(node) {
  if (node.type === 'FunctionDeclaration') return node.id?.name;
  const { parent } = node;
  if (parent.type === 'VariableDeclarator' && parent.init === node) return parent.id.name;
  if (parent.type === 'MethodDefinition' || parent.type === 'PropertyDefinition')
    return keyOf(parent);
  return undefined;
}

function keyOf({ key }) {
  return key.type === 'PrivateIdentifier' ? `#${key.name}` : key.name;
}

function classAround(node) {
  let around = node;
  while (around !== null && around.type !== 'ClassBody') around = around.parent;
  return around;
}

function methodOf(body, name) {
  return body?.body.find((member) => member.key?.name === name)?.value ?? undefined;
}

function hasDepth(node) {
  const pending = [...node.params];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.type === 'Identifier' && next.name === 'depth') return true;
    if (next.type === 'AssignmentPattern') pending.push(next.left);
    if (next.type === 'ObjectPattern')
      for (const property of next.properties) pending.push(property.value ?? property.argument);
  }
  return false;
}

export const callStack = {
  rules: {
    'no-spread-arguments': noSpreadArguments,
    'no-uncounted-recursion': noUncountedRecursion,
  },
};
