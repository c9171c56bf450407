/** Compiles shaders and finds their uniforms. */

export interface Program {
  readonly program: WebGLProgram;
  /** Null for a uniform that the shader does not use; WebGL ignores it. */
  readonly uniform: (name: string) => WebGLUniformLocation | null;
}

/** @throws Error with the compiler's message, unless the context is lost */
export function makeProgram(gl: WebGL2RenderingContext, vertex: string, fragment: string): Program {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(kind);
    if (!shader) continue; // the context is lost
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost())
      throw new Error(`shader of the map: ${gl.getShaderInfoLog(shader)}`);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost())
    throw new Error(`shaders of the map: ${gl.getProgramInfoLog(program)}`);
  const found = new Map<string, WebGLUniformLocation | null>();
  return {
    program,
    uniform: (name) => {
      if (!found.has(name)) found.set(name, gl.getUniformLocation(program, name));
      return found.get(name)!;
    },
  };
}

/** The name of what draws, and whether it is software. */
export function rendererOf(gl: WebGL2RenderingContext): { name: string; software: boolean } {
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER) ?? 'unknown');
  return { name, software: /swiftshader|llvmpipe|softpipe|software|basic render/i.test(name) };
}
