/** The part of bash's completion script that is the same for every table of options. */
export const BASH_ENGINE = `
# Puts the words before the cursor together again that bash has split at = and :.
_flush_manager_words() {
  local line=$COMP_LINE index word
  words=()
  for ((index = 0; index <= COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if ((index > 0)) && [[ $line != [[:space:]]* ]]; then
      words[\${#words[@]} - 1]+=$word
    else
      line=\${line#"\${line%%[![:space:]]*}"}
      words+=("$word")
    fi
    line=\${line#"$word"}
  done
}

# Offers what begins with the word at the cursor. Input: a word, a tab, a help.
_flush_manager_offer() {
  local begin=$1 prefix=$2 word help found=() helps=() index width=0
  while IFS=$'\\t' read -r word help; do
    [[ $word == "$begin"* ]] || continue
    found+=("$word") helps+=("$help")
    ((\${#word} > width)) && width=\${#word}
  done
  # Helps are shown only in a list: what completes the word must be the word.
  for index in "\${!found[@]}"; do
    word=\${found[index]#"$prefix"}
    if ((COMP_TYPE == 63 && \${#found[@]} > 1)) && [[ \${helps[index]} ]]; then
      printf -v word '%-*s  (%s)' "$width" "$word" "\${helps[index]}"
    fi
    COMPREPLY+=("$word")
  done
  [[ \${#found[@]} -eq 1 && \${found[0]} == *[:/=] ]] && compopt -o nospace
}

_flush_manager_value_of() {
  local offer=$1 begin=$2 prefix=$3
  local IFS=$'\\n'
  case $offer in
    words*)
      local words=\${offer#words }
      _flush_manager_offer "$begin" "$prefix" <<<"\${words// /$'\\n'}"
      ;;
    file)
      compopt -o filenames
      COMPREPLY=($(compgen -f -- "\${begin#"$prefix"}"))
      ;;
    directory)
      compopt -o filenames
      COMPREPLY=($(compgen -d -- "\${begin#"$prefix"}"))
      ;;
    command)
      COMPREPLY=($(compgen -c -- "\${begin#"$prefix"}"))
      ;;
  esac
}

# The program and its own command line.
_flush_manager_program() {
  local first=$1 current=$2 begin=$3
  if ((first == current)); then
    COMPREPLY=($(compgen -c -- "$begin"))
  elif declare -F _command_offset >/dev/null && ((\${#words[@]} == COMP_CWORD + 1)); then
    _command_offset "$first"
  else
    compopt -o filenames
    COMPREPLY=($(compgen -f -- "$begin"))
  fi
}

_flush_manager() {
  local words current begin scope='' index=1 word prefix=''
  COMPREPLY=()
  _flush_manager_words
  current=$((\${#words[@]} - 1))
  begin=\${words[current]}
  # bash replaces only what follows the last = or : of the word.
  [[ $begin == *[:=]* && $COMP_WORDBREAKS == *:* ]] && prefix=\${begin%"\${begin##*[:=]}"}
  [[ $begin == *=* && $COMP_WORDBREAKS != *:* ]] && prefix=\${begin%"\${begin##*=}"}
  if ((current > 1)) && [[ $'\\n'$(_flush_manager_subcommands) == *$'\\n'"\${words[1]}"$'\\t'* ]]; then
    scope=\${words[1]} index=2
  fi
  local argument
  argument=$(_flush_manager_argument "$scope")
  for (( ; index < current; index++)); do
    word=\${words[index]}
    case $word in
      --)
        ((index++))
        [[ $argument == program ]] && _flush_manager_program "$index" "$current" "$begin"
        return
        ;;
      -*=*) ;;
      -*)
        [[ $word == -[!-]?* ]] && word=-$word
        local offer
        offer=$(_flush_manager_value "$scope" "$word")
        [[ $offer ]] || continue
        ((++index == current)) || continue
        _flush_manager_value_of "$offer" "$begin" "$prefix"
        return
        ;;
      *)
        [[ $argument == program ]] || continue
        _flush_manager_program "$index" "$current" "$begin"
        return
        ;;
    esac
  done
  case $begin in
    --*=*)
      local name=\${begin%%=*}
      _flush_manager_value_of "$(_flush_manager_value "$scope" "$name")" "\${begin#*=}" "\${prefix#"$name="}"
      ;;
    -*) _flush_manager_offer "$begin" "$prefix" < <(_flush_manager_options "$scope") ;;
    *)
      if [[ $argument != program ]]; then
        _flush_manager_value_of "$argument" "$begin" "$prefix"
        return
      fi
      ((current == 1)) && _flush_manager_offer "$begin" "$prefix" < <(_flush_manager_subcommands)
      [[ $begin ]] && COMPREPLY+=($(compgen -c -- "$begin"))
      ;;
  esac
}
complete -F _flush_manager flush-manager
`;
