// One pixel of the playground, for the CPU and the GPU alike: the including file defines RENDER_INLINE
// (`static inline` or `__device__ __forceinline__`) and this file says the rest, so that both draw the same picture.
// Column numbers, units and directions are those of world.py.

enum { OBJECTS = 3, STATE_COLUMNS = 8, BACKGROUND_COLUMNS = 16 };
enum { SPRITE, X, Y, SIZE, ANGLE, ALPHA, MIRRORED, VISIBLE };
enum { HALF_WIDTH, HALF_HEIGHT, KIND, RED, GREEN, BLUE, RED_2, GREEN_2, BLUE_2, DIRECTION, PERIOD, PHASE, SEED };
enum { PLAIN, GRADIENT, STRIPED, CHECKERED, DOTTED, WAVY, NOISY };
enum { LEVELS = 4, TEXELS = 64 * 64 + 32 * 32 + 16 * 16 + 8 * 8 };

struct Rgba { float red, green, blue, alpha; };

RENDER_INLINE float clamp01(float value) { return fminf(fmaxf(value, 0.0f), 1.0f); }

RENDER_INLINE float fraction(float value) { return value - floorf(value); }

// 0 below, 1 above, over a ramp as wide as one pixel: edges of the textures without staircases.
RENDER_INLINE float soft_step(float distance, float pixel) { return clamp01(distance / pixel + 0.5f); }

// A distance to a wave of period 1 that is 0 at the edges of its dark half and grows into the bright half.
RENDER_INLINE float stripe(float position, float pixel) {
  return soft_step(0.25f - fabsf(fraction(position) - 0.5f), pixel);
}

// Integer hash (xor, shift, multiply) of a lattice point -> [0, 1).
RENDER_INLINE float hash01(int x, int y, int seed) {
  unsigned int h = (unsigned int)x * 0x8da6b343u ^ (unsigned int)y * 0xd8163841u ^ (unsigned int)seed * 0xcb1ab31fu;
  h ^= h >> 15;
  h *= 0x2c1b3c6du;
  h ^= h >> 12;
  h *= 0x297a2d39u;
  h ^= h >> 15;
  return (float)(h >> 8) * (1.0f / 16777216.0f);
}

RENDER_INLINE float value_noise(float x, float y, int seed) {
  const float left = floorf(x), top = floorf(y);
  const int column = (int)left, row = (int)top;
  float u = x - left, v = y - top;
  u = u * u * (3.0f - 2.0f * u);
  v = v * v * (3.0f - 2.0f * v);
  const float above = hash01(column, row, seed) * (1.0f - u) + hash01(column + 1, row, seed) * u;
  const float below = hash01(column, row + 1, seed) * (1.0f - u) + hash01(column + 1, row + 1, seed) * u;
  return above * (1.0f - v) + below * v;
}

// How much of the second colour the background shows at a point; `unit` is the side of one pixel.
RENDER_INLINE float background_mix(const float *background, float x, float y, float unit) {
  const float cosine = cosf(background[DIRECTION]), sine = sinf(background[DIRECTION]);
  const float along = x * cosine + y * sine, across = y * cosine - x * sine;
  const float period = background[PERIOD], phase = background[PHASE], pixel = unit / period;
  switch ((int)background[KIND]) {
    case GRADIENT:
      return clamp01(0.5f + 0.5f * along);
    case STRIPED:
      return stripe(along / period + phase, pixel);
    case CHECKERED: {
      const float a = stripe(along / period * 0.6f + phase, pixel), b = stripe(across / period * 0.6f, pixel);
      return a + b - 2.0f * a * b;
    }
    case DOTTED: {
      const float u = fraction(along / period + phase) - 0.5f, v = fraction(across / period) - 0.5f;
      return soft_step(0.27f - sqrtf(u * u + v * v), pixel);
    }
    case WAVY:
      return stripe(along / period + phase + 0.22f * sinf(5.0f * across), pixel);
    case NOISY: {
      const int seed = (int)background[SEED];
      const float scale = 1.4f / period;
      return clamp01(1.6f * (0.65f * value_noise(x * scale, y * scale, seed) +
                             0.35f * value_noise(x * scale * 2.3f, y * scale * 2.3f, seed + 1)) - 0.3f);
    }
    default:
      return 0.0f;
  }
}

// Bilinear look-up in one level of the mip map; outside of the sprite there is nothing.
RENDER_INLINE Rgba sample_level(const unsigned char *sprite, int level, float u, float v) {
  const int side = 64 >> level;
  int first = 0;
  for (int i = 0; i < level; i++) first += (64 >> i) * (64 >> i);
  const float s = u * side - 0.5f, t = v * side - 0.5f;
  const float left = floorf(s), top = floorf(t);
  const int column = (int)left, row = (int)top;
  const float fx = s - left, fy = t - top;
  Rgba sum = {0.0f, 0.0f, 0.0f, 0.0f};
  for (int dy = 0; dy < 2; dy++) {
    for (int dx = 0; dx < 2; dx++) {
      const int x = column + dx, y = row + dy;
      if (x < 0 || y < 0 || x >= side || y >= side) continue;
      const float weight = (dx ? fx : 1.0f - fx) * (dy ? fy : 1.0f - fy) * (1.0f / 255.0f);
      const unsigned char *texel = sprite + 4 * (first + y * side + x);
      sum.red += weight * texel[0];
      sum.green += weight * texel[1];
      sum.blue += weight * texel[2];
      sum.alpha += weight * texel[3];
    }
  }
  return sum;
}

// Paints one object (premultiplied) over the colour so far.
RENDER_INLINE void paint(const float *object, const unsigned char *atlas, float x, float y, float unit, float *rgb) {
  if (object[VISIBLE] < 0.5f) return;
  const float size = object[SIZE], dx = (x - object[X]) / size, dy = (y - object[Y]) / size;
  if (dx * dx + dy * dy > 0.55f) return;  // beyond the corners of the square, whatever its angle
  const float cosine = cosf(object[ANGLE]), sine = sinf(object[ANGLE]);
  const float u = (dx * cosine + dy * sine) * object[MIRRORED] + 0.5f, v = dy * cosine - dx * sine + 0.5f;
  const float lod = fminf(fmaxf(log2f(64.0f * unit / size), 0.0f), LEVELS - 1.0f);
  const int level = (int)fminf(floorf(lod), LEVELS - 2.0f);
  const float mix = lod - level;
  const unsigned char *sprite = atlas + (size_t)object[SPRITE] * (4 * TEXELS);
  const Rgba fine = sample_level(sprite, level, u, v);
  const Rgba coarse = mix > 0.0f ? sample_level(sprite, level + 1, u, v) : fine;
  const float alpha = object[ALPHA];
  const float cover = 1.0f - alpha * (fine.alpha + mix * (coarse.alpha - fine.alpha));
  rgb[0] = rgb[0] * cover + alpha * (fine.red + mix * (coarse.red - fine.red));
  rgb[1] = rgb[1] * cover + alpha * (fine.green + mix * (coarse.green - fine.green));
  rgb[2] = rgb[2] * cover + alpha * (fine.blue + mix * (coarse.blue - fine.blue));
}

// background [BACKGROUND_COLUMNS], objects [OBJECTS, STATE_COLUMNS], atlas uint8 [sprites, TEXELS, 4] -> out uint8 [3].
RENDER_INLINE void render_pixel(const float *background, const float *objects, const unsigned char *atlas, int column,
                                int row, int height, int width, unsigned char *out) {
  const float unit_x = 2.0f * background[HALF_WIDTH] / width, unit_y = 2.0f * background[HALF_HEIGHT] / height;
  const float x = (column + 0.5f) * unit_x - background[HALF_WIDTH];
  const float y = (row + 0.5f) * unit_y - background[HALF_HEIGHT];
  const float unit = sqrtf(unit_x * unit_y);
  const float mix = background_mix(background, x, y, unit);
  float rgb[3];
  for (int c = 0; c < 3; c++) rgb[c] = background[RED + c] + mix * (background[RED_2 + c] - background[RED + c]);
  for (int o = 0; o < OBJECTS; o++) paint(objects + o * STATE_COLUMNS, atlas, x, y, unit, rgb);
  for (int c = 0; c < 3; c++) out[c] = (unsigned char)(clamp01(rgb[c]) * 255.0f + 0.5f);
}
