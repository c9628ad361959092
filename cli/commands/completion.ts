import { Argument, type Command } from 'commander'
import { completingWord } from '../completing-word.ts'
import type { CommandContext } from '../context.ts'

/** The scripts ask kops for candidates, a line each: the word and, after a tab, its meaning. Without any, files are completed. */
const scripts = {
  bash: `# Completion of kops in bash: source <(kops completion bash)
_kops() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("\${COMP_WORDS[0]}" ${completingWord} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _kops kops`,
  zsh: `#compdef kops
# Completion of kops in zsh: source <(kops completion zsh)
_kops() {
  local line
  local -a lines described
  lines=("\${(@f)$("\${words[1]}" ${completingWord} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in $lines; do
    if [[ $line == *$'\\t'* ]]; then
      described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    else
      described+=("\${line//:/\\\\:}")
    fi
  done
  if (( $#described )); then _describe kops described; else _files; fi
}
compdef _kops kops`,
  fish: `# Completion of kops in fish: kops completion fish | source
function __kops_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found ($words[1] ${completingWord} $words[2..-1] 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c kops -f -a '(__kops_complete)'`
}
type Shell = keyof typeof scripts

/** `kops completion` */
export function addCompletionCommand(completion: Command, { output }: CommandContext): void {
  completion
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(scripts)))
    .addHelpText('after', help)
    .action((shell: Shell) => output.print(scripts[shell]))
}

const help = `
It completes commands and options, and from the services topics, groups, nodes
and the ids of runs and drills; services that are away cost a fifth of a second.
  bash  source <(kops completion bash)      in ~/.bashrc
  zsh   source <(kops completion zsh)       in ~/.zshrc, after compinit
  fish  kops completion fish | source       in ~/.config/fish/config.fish`
